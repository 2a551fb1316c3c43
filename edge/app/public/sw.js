// Shows reminders of questions, and opens the app where they are answered.
// It serves no pages and keeps nothing.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const time = (at) => new Date(at).toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit" });
self.addEventListener("push", (event) => {
  const { title, text, task, expiresAt, path, tag } = event.data.json();
  const body = [text, task, expiresAt && `Until ${time(expiresAt)}, then it counts as no.`].filter(Boolean).join("\n");
  event.waitUntil(self.registration.showNotification(title, { body, tag, renotify: true, data: { path } }));
});

let opening = Promise.resolve();
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { path } = event.notification.data;
  // one after the other: the second click finds the window that the first one opened
  opening = opening.then(() => openAt(path)).catch((error) => console.error(error));
  event.waitUntil(opening);
});
async function openAt(path) {
  const [open] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!open) return void (await self.clients.openWindow(path));
  open.postMessage({ type: "growqr:open", path });
  await open.focus();
}
