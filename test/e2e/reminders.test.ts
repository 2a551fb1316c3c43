import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { readInstance } from "../../schema/machine/instance.ts";
import { remindersOut } from "../../schema/reminder/reminder.ts";
import { startPushService } from "../doubles/push/server.ts";
import { keepPictures, openBrowser, say, settle, toConversation, type Visit, violations, visit } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { person, script } from "../harness/person.ts";
import { pushAt } from "../harness/product-under-test.ts";
import { limit } from "../harness/suite/limit.ts";
import { openSecrets } from "../local/secrets.ts";

/**
 * A question that nobody sees in the app: it comes as a mail and as a notification, and both lead to where it
 * is answered.
 */
const product = inject("product");
const email = `nora-${Date.now()}@example.com`;
const mailPort = readInstance(product.instance).ports.mail;
const listed = z.object({ data: z.array(z.object({ id: z.string(), to: z.array(z.string()), subject: z.string() })) });

describe("a question that waits", () => {
  let browser: Browser;
  let item: Visit;
  beforeAll(async () => {
    browser = await openBrowser({ notifies: true });
    item = await visit(browser, product);
    await settle(item.page, email, 240_000);
  });
  afterAll(() => browser.close());

  const mails = async () => {
    const { mailKey } = await openSecrets(product.folder);
    const answer = await fetch(`http://127.0.0.1:${mailPort}/emails`, { headers: { authorization: `Bearer ${mailKey}` } });
    return listed.parse(await answer.json()).data.filter(({ to }) => to.includes(email));
  };
  const askFor = async (command: string) => {
    await toConversation(item.page);
    await say(item.page, script({ tool: "bash", args: { command, description: "as it was told" } }, { text: "went on" }));
  };
  const deny = async (page: Page) => {
    await page.getByRole("button", { name: "Deny with a note" }).click();
    await page.getByRole("button", { name: "Deny", exact: true }).click();
    await page.getByText(/^Denied, on/).waitFor();
  };

  test("comes as a mail that holds no command, and its link opens it where it is answered", async () => {
    await askFor("mkfifo secret-pipe");
    await eventually("the mail", async () => (await mails()).length > 0);
    const [mail] = await mails();
    expect(mail?.subject).toBe("Grow Agent asks: May it run a command?");
    await item.page.goto(`${product.url}/reminder`);
    await item.page.getByRole("link", { name: `http://localhost:${mailPort}` }).waitFor();
    await item.page.goto(`http://localhost:${mailPort}/read/${mail?.id}`);
    expect(await item.page.content()).not.toContain("mkfifo");
    await item.page.frameLocator("iframe").getByRole("link", { name: "Open it in GrowQR" }).click();
    await item.page.getByRole("region", { name: "Run mkfifo secret-pipe" }).waitFor();
    expect(new URL(item.page.url()).origin).toBe(product.url);
    await deny(item.page);
    expect(await mails()).toHaveLength(1);
  });

  test("is shown by the device that asked for it, and a click leads the open tab to it", async () => {
    const service = await startPushService(Number(new URL(pushAt(product.instance)).port));
    try {
      const { page, context } = item;
      const nora = await person(product, email);
      const { push } = remindersOut.parse((await nora.call("GET", "/reminders")).body);
      const device = service.subscribe(push.key ?? "");
      await context.grantPermissions(["notifications"], { origin: product.url });
      const cdp = await context.newCDPSession(page);
      let registrationId = "";
      cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const registration = registrations.findLast(({ scopeURL, isDeleted }) => scopeURL.startsWith(product.url) && !isDeleted);
        registrationId = registration?.registrationId ?? registrationId;
      });
      await cdp.send("ServiceWorker.enable");
      // Chromium without a push service of its own: the double's subscription is what the browser would have
      // made
      await page.addInitScript(
        ({ endpoint, keys }) => {
          const made = { endpoint, toJSON: () => ({ endpoint, keys }), unsubscribe: async () => true };
          Object.assign(PushManager.prototype, { subscribe: async () => made, getSubscription: async () => made });
        },
        { endpoint: device.endpoint, keys: device.keys },
      );
      await page.goto(`${product.url}/reminder`);
      await page.getByRole("button", { name: "Notify this device" }).click();
      await page.getByText(/^This device, since/).waitFor();
      expect(await violations(page)).toEqual([]);
      await keepPictures(page, "reminders");
      await page.getByRole("button", { name: "Send me one now" }).click();
      await page.getByText(/^Chrome on .*: sent$/).waitFor();
      expect(device.messages).toHaveLength(1);
      await askFor("mkfifo other-pipe");
      await eventually("the notification", async () => device.messages.length === 2);
      const data = device.messages[1]?.text ?? "";
      await page.getByRole("navigation", { name: "Workspace" }).getByRole("link", { name: "Goals" }).click();
      const shown = () =>
        page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((each) => each.body));
      // A push service delivers until its message was taken, and Chromium drops one that comes while the
      // worker starts: twice delivered it is one.
      await eventually("it is shown", async () => {
        await cdp.send("ServiceWorker.deliverPushMessage", { origin: product.url, registrationId, data });
        await expect.poll(async () => (await shown()).length, { timeout: limit(5_000) }).toBe(1);
        return true;
      });
      expect((await shown())[0]).toMatch(/^May it run a command\?\nUntil .*, then it counts as no\.$/);
      const [worker] = context.serviceWorkers();
      await worker?.evaluate(async () => {
        const scope = globalThis as unknown as { registration: ServiceWorkerRegistration } & EventTarget;
        const [notification] = await scope.registration.getNotifications();
        scope.dispatchEvent(Reflect.construct(Reflect.get(scope, "NotificationEvent"), ["notificationclick", { notification }]));
      });
      await page.getByRole("region", { name: "Run mkfifo other-pipe" }).waitFor();
      expect([context.pages().length, (await shown()).length]).toEqual([1, 0]);
      await deny(page);
      expect(item.errors).toEqual([]);
    } finally {
      await service.close();
    }
  });
});
