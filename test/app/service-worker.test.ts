import { readFileSync } from "node:fs";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { root } from "../local/process.ts";

/**
 * The service worker's own code runs in a scope of the test's. To open a window a browser wants a person's
 * click, and takes none from a program.
 */
const code = readFileSync(path.join(root, "edge/app/public/sw.js"), "utf8");
type Window = { path: string; said: unknown[]; focused: number };
function worker(open: Window[] = []) {
  const listeners = new Map<string, (event: object) => void>();
  const clientOf = (window: Window) => ({
    postMessage: (message: unknown) => window.said.push(message),
    focus: async () => {
      window.focused += 1;
    },
  });
  const clients = {
    matchAll: async () => open.map(clientOf),
    openWindow: async (to: string) => {
      await Promise.resolve(); // a window is there some time after it was asked for
      open.push({ path: to, said: [], focused: 0 });
    },
  };
  const self = { addEventListener: (name: string, listener: (event: object) => void) => listeners.set(name, listener), clients };
  runInNewContext(code, { self, console });
  const click = async (to: string) => {
    const waits: Promise<unknown>[] = [];
    const notification = { close: () => undefined, data: { path: to } };
    listeners.get("notificationclick")?.({ notification, waitUntil: (promise: Promise<unknown>) => waits.push(promise) });
    await Promise.all(waits);
  };
  return { open, click };
}

test("a click opens the app at the question, and two clicks at once open it once", async () => {
  const { open, click } = worker();
  await Promise.all([click("/inbox?id=apr_1"), click("/inbox?id=apr_1")]);
  expect(open).toEqual([{ path: "/inbox?id=apr_1", said: [{ type: "growqr:open", path: "/inbox?id=apr_1" }], focused: 1 }]);
});
test("a tab that is open is led there and comes to the front", async () => {
  const { open, click } = worker([{ path: "/", said: [], focused: 0 }]);
  await click("/inbox?id=apr_2");
  expect(open).toEqual([{ path: "/", said: [{ type: "growqr:open", path: "/inbox?id=apr_2" }], focused: 1 }]);
});
