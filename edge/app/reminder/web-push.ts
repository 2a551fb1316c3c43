import type { DeviceIn } from "../../../schema/reminder/reminder.ts";
import { thisDevice } from "../account/device.ts";

/** This browser's side of web push: whether it can, may and does show reminders. */
const keptDevice = "growqr.device";
const pushFailed = {
  unsupported: "This browser shows no notifications from websites. On an iPhone or iPad, add GrowQR to the home screen and open it there.",
  refused: "This browser refuses notifications from this site. Allow them in its settings for this site, then load the page again.",
  unreachable: "This browser did not reach its push service, so it can't be notified. Try again, or use another browser.",
} as const;
export type PushTrouble = keyof typeof pushFailed;
export const troubleText = (trouble: PushTrouble): string => pushFailed[trouble];
export class PushFailed extends Error {
  readonly trouble: PushTrouble;
  constructor(trouble: PushTrouble, cause?: unknown) {
    super(pushFailed[trouble], { cause });
    this.trouble = trouble;
  }
}

export const isPushSupported = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
/** What prevents reminders in this browser, before it is asked. */
export function findPushTrouble(): PushTrouble | undefined {
  if (!isPushSupported()) return "unsupported";
  return Notification.permission === "denied" ? "refused" : undefined;
}

const browsers: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];
export function nameBrowser(userAgent: string, device: string): string {
  return `${browsers.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "A browser"} on ${device}`;
}

async function currentSubscription(): Promise<PushSubscription | null> {
  if (!isPushSupported()) return null;
  return (await (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription()) ?? null;
}
/** This browser's device id, while it still takes messages. */
export async function readKnownDevice(): Promise<string | undefined> {
  return (await currentSubscription()) ? (localStorage.getItem(keptDevice) ?? undefined) : undefined;
}
export const keepKnownDevice = (id: string) => localStorage.setItem(keptDevice, id);

/** Asks the person, then the browser. A subscription for an older `key` of the platform is replaced. */
export async function subscribePush(key: string): Promise<DeviceIn> {
  const trouble = findPushTrouble() ?? ((await Notification.requestPermission()) === "granted" ? undefined : "refused");
  if (trouble) throw new PushFailed(trouble);
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const made = await pushManager
    .subscribe(options)
    .catch(async () => {
      await (await pushManager.getSubscription())?.unsubscribe();
      return pushManager.subscribe(options);
    })
    .catch((cause: unknown) => {
      throw new PushFailed("unreachable", cause);
    });
  const { endpoint = "", keys = {} } = made.toJSON();
  const { p256dh = "", auth = "" } = keys;
  return { name: nameBrowser(navigator.userAgent, thisDevice()), endpoint, keys: { p256dh, auth } };
}
/** Ends this browser's subscription; its push service then refuses messages. */
export async function unsubscribePush(): Promise<void> {
  localStorage.removeItem(keptDevice);
  await (await currentSubscription())?.unsubscribe();
}

/** Calls `open` when a notification was clicked while the app is open. */
export function onReminderOpen(open: (path: string) => void): void {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== "object" || data === null || Reflect.get(data, "type") !== "growqr:open") return;
    const path: unknown = Reflect.get(data, "path");
    if (typeof path === "string" && path.startsWith("/") && !path.startsWith("//")) open(path);
  });
  navigator.serviceWorker.startMessages();
}
