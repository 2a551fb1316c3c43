/**
 * Runs in a page that an agent has made, in the frame in which the app shows it: what such a page may try
 * against the app, and what came of each try. `refused`: by which error.
 */
export async function attack(app: string) {
  const tried = async (act: () => unknown) => {
    try {
      return { got: String(await act()) };
    } catch (error) {
      return { refused: (error as Error).name };
    }
  };
  const connected = (url: string) =>
    new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve("closed");
    });
  const framed = document.createElement("iframe");
  framed.src = app;
  const drawn = new Promise((resolve) => framed.addEventListener("load", resolve));
  document.body.append(framed);
  await drawn;
  new BroadcastChannel("growqr").postMessage("from the page");
  return {
    read: await tried(() => fetch(`${app}/me`, { credentials: "include" }).then((answer) => answer.text())),
    change: await tried(() =>
      fetch(`${app}/trial`, { method: "POST", credentials: "include", body: "{}" }).then((answer) => answer.text()),
    ),
    up: await tried(() => parent.document.title),
    leave: await tried(() => {
      top!.location.href = "about:blank";
    }),
    storage: await tried(() => JSON.stringify({ ...localStorage })),
    databases: await tried(async () => JSON.stringify(await indexedDB.databases())),
    caches: await tried(async () => JSON.stringify(await caches.keys())),
    worker: await tried(() => navigator.serviceWorker.register(`${app}/service-worker.js`)),
    live: await tried(() => connected(`${app.replace(/^http/, "ws")}/live`)),
    framed: await tried(() => framed.contentWindow!.document.title),
    cookies: await tried(() => {
      for (const domain of ["localhost", "preview.localhost"]) document.cookie = `planted=1; domain=${domain}`;
      return document.cookie;
    }),
  };
}
