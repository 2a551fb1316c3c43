import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import { readInstance } from "../../schema/machine/instance.ts";
import { mostDeliveryTries, mostDevices, type ReminderIn, reminderOut, remindersOut, webhookMade } from "../../schema/reminder/reminder.ts";
import { newId } from "../../schema/wire/id.ts";
import { type Mailbox, startMailbox } from "../doubles/mail/server.ts";
import { type PushService, startPushService } from "../doubles/push/server.ts";
import { type Receiver, startReceiver } from "../doubles/webhook/server.ts";
import { reminderDoubles } from "../harness/edge-parts.ts";
import { tellHosts } from "../harness/git-server.ts";
import { openSecrets } from "../local/secrets.ts";
import { ask, edgeUp, joinMachine, newMember, newPerson, refusal, signed, sql, type TestMachine, type TestMember } from "./client.ts";

/** Reminders of questions that wait, in the Worker, against the services they go to. */
const edge = edgeUp;
let runner: TestMachine;
let host: TestMachine;
let mailbox: Mailbox;
let push: PushService;
let receiver: Receiver;
let key: string;
let member: TestMember;
beforeAll(async () => {
  const ports = reminderDoubles(readInstance(edge.instance));
  const { mailKey } = await openSecrets(edge.folder);
  [mailbox, push, receiver] = await Promise.all([
    startMailbox(ports.mail, mailKey),
    startPushService(ports.push),
    startReceiver(ports.webhook),
  ]);
  [runner, host] = [await joinMachine("runner"), await joinMachine("host")];
});
afterAll(async () => {
  for (const double of [mailbox, push, receiver]) await double?.close();
});
const begin = async () => {
  member = await newMember();
  key = (await settings()).push.key ?? "";
};

const call = async (method: string, where: string, body?: object, as: { token: () => Promise<string> } = member) =>
  ask(method, where, { token: await as.token(), ...(body ? { body } : {}) });
const settings = async (person = member) => remindersOut.parse((await call("GET", "/reminders", undefined, person)).json);
const question = (more: Partial<ReminderIn> = {}): ReminderIn => ({
  ...{ question: newId("apr"), number: 1, at: Date.now(), kind: "question", title: "Blue or green?", agent: "Grow Agent" },
  ...{ task: "Paint the page", expiresAt: Date.now() + 3_600_000 },
  ...more,
});
const remind = async (body: ReminderIn, person = member): Promise<z.infer<typeof reminderOut>> =>
  reminderOut.parse((await signed(runner, "POST", `/stacks/${person.actor.member}/reminders`, body)).json);
const mails = (person: { email: string } = member) => mailbox.mails.filter(({ to }) => to.includes(person.email));
async function addDevice(name = "your phone", as = member) {
  const browser = push.subscribe(key);
  const answer = await call("POST", "/reminders/devices", { name, endpoint: browser.endpoint, keys: browser.keys }, as);
  expect(answer.status, answer.text).toBe(201);
  return browser;
}
async function addWebhook(as = member): Promise<string> {
  const answer = await call("POST", "/reminders/webhook", { url: `${receiver.url}/hook` }, as);
  expect(answer.status, answer.text).toBe(200);
  receiver.secret = webhookMade.parse(answer.json).secret;
  return receiver.secret;
}

describe("a reminder", () => {
  beforeEach(begin);
  test("is a mail to the member's own address with who asks, what, until when and where to answer; twice is once", async () => {
    const asked = question({ title: 'Blue <b>or</b> "green"?' });
    for (let n = 0; n < 2; n++) expect(await remind(asked)).toEqual({ deliveries: [{ way: "email", state: "sent" }], again: false });
    const [mail, more] = mails();
    expect(more).toBeUndefined();
    expect(mail).toMatchObject({ to: [member.email], subject: 'Grow Agent asks: Blue <b>or</b> "green"?' });
    for (const part of ["Task: Paint the page", "UTC", `${edge.publicUrl}/inbox?id=${asked.question}`]) expect(mail?.text).toContain(part);
    expect(mail?.html).toContain("Blue &lt;b&gt;or&lt;/b&gt; &quot;green&quot;?");
    expect(mail?.html).not.toContain("<b>or</b>");
    await remind({ ...asked, number: 2 });
    expect(mails()).toHaveLength(2);
  });
  test.each([
    ["prp", "profile", "/inbox?id=", "proposal"],
    ["pln", "plan", "/plan/", "plan"],
    ["qst", "quest", "/quest?tab=running&id=", "quest"],
  ] as const)("of %s leads to where it is answered, and names no end", async (prefix, kind, path, noun) => {
    await addWebhook();
    const asked = question({ question: newId(prefix), kind, expiresAt: undefined });
    expect(await remind(asked)).toMatchObject({ deliveries: [{ state: "sent" }, { state: "sent" }] });
    const text = mails()[0]?.text;
    expect(text).toContain(`${edge.publicUrl}${path}${asked.question}`);
    expect(text).toContain("It waits until you answer.");
    expect(receiver.messages.at(-1)?.body).toMatchObject({ type: `${noun}.reminder`, data: { [noun]: asked.question } });
  });
  test("of an app says which and what in the same ways, once, and leads to its project", async () => {
    const notice = { release: newId("rel"), number: 0, at: Date.now(), kind: "taken_back", project: "bakery" };
    const tell = (by: TestMachine, body: object = notice) => signed(by, "POST", `/stacks/${member.actor.member}/notices`, body);
    for (let n = 0; n < 2; n++) expect(await tell(runner)).toMatchObject({ status: 200, json: { again: false } });
    expect(mails().map(({ subject }) => subject)).toEqual(["bakery: The newest release was taken back"]);
    expect(mails()[0]?.text).toContain(`${edge.publicUrl}/project/bakery`);
    expect((await tell(runner, { ...notice, kind: "other" })).status).toBe(400);
    expect((await tell(host)).status).toBe(403);
  });

  test("of several questions is one, which names how many wait", async () => {
    await addWebhook();
    const asked = question({ more: 2 });
    await remind(asked);
    expect(mails().map(({ subject }) => subject)).toEqual(["3 questions wait: Blue or green?"]);
    expect(receiver.messages.at(-1)?.body).toMatchObject({ data: { approval: asked.question, more: 2 } });
  });

  test("goes all three ways; the device decrypts it and the webhook's signature holds", async () => {
    const browser = await addDevice();
    await addWebhook();
    const reminder = question();
    const { deliveries, again } = await remind(reminder);
    expect([deliveries.map(({ way, state }) => `${way} ${state}`).sort(), again]).toEqual([
      ["email sent", "push sent", "webhook sent"],
      false,
    ]);
    const [shown] = browser.messages;
    expect(JSON.parse(shown?.text ?? "")).toMatchObject({
      title: "Grow Agent asks",
      text: "Blue or green?",
      path: `/inbox?id=${reminder.question}`,
    });
    expect([shown?.topic, shown?.urgency, (shown?.ttl ?? 0) > 3_000]).toEqual([reminder.question, "high", true]);
    expect(receiver.messages.at(-1)).toMatchObject({
      id: `${reminder.question}_1`,
      body: {
        type: "approval.reminder",
        timestamp: new Date(reminder.at).toISOString(),
        data: { approval: reminder.question, title: reminder.title },
      },
    });
    const asked = receiver.asked.length;
    await remind(reminder);
    expect([browser.messages.length, receiver.asked.length, mails().length]).toEqual([1, asked, 1]);
  });

  test("that a service does not take just now is tried again there alone, and a bounded number of times", async () => {
    await addWebhook();
    const asked = question();
    mailbox.fail(member.email, 429, 500, "lost");
    receiver.answer(503);
    const states = async () => (await remind(asked)).deliveries.map(({ state }) => state);
    expect(await states()).toEqual(["due", "due"]);
    expect(await states()).toEqual(["due", "sent"]);
    expect(await states()).toEqual(["due", "sent"]); // it was taken, and the answer was lost
    expect([await states(), mails().length]).toEqual([["sent", "sent"], 1]);
    const other = question();
    receiver.answer(...Array<number>(mostDeliveryTries).fill(500));
    for (let n = 1; n < mostDeliveryTries; n++) expect((await remind(other)).again, String(n)).toBe(true);
    const last = await remind(other);
    expect([last.again, last.deliveries.find(({ way }) => way === "webhook")]).toEqual([
      false,
      { way: "webhook", state: "failed", why: "it answered 500" },
    ]);
    const tried = receiver.asked.length;
    await remind(other);
    expect(receiver.asked.length).toBe(tried);
  });

  test("asked for twenty times at once is one", async () => {
    const asked = question();
    await Promise.all(Array.from({ length: 20 }, () => remind(asked)));
    expect(mails()).toHaveLength(1);
  });

  test("whose try ended with the Worker is tried again once it must be dead, not before", async () => {
    const asked = question();
    await remind(asked);
    const cut = (triedAt: number) =>
      sql("update reminder_delivery set state = 'sending', tried_at = ? where approval = ?", [triedAt, asked.question]);
    await cut(Date.now());
    expect(await remind(asked)).toEqual({ deliveries: [{ way: "email", state: "sending" }], again: true });
    await cut(Date.now() - 60_000);
    expect(await remind(asked)).toEqual({ deliveries: [{ way: "email", state: "sent" }], again: false });
    expect(mails()).toHaveLength(1); // the mail service knew it by its key
  });

  test("reaches a device no more that is gone, and forgets it", async () => {
    const [gone, stays] = [await addDevice("old phone"), await addDevice("new phone")];
    gone.leave();
    const { deliveries } = await remind(question());
    expect(deliveries.filter(({ way }) => way === "push")).toMatchObject([
      { name: "old phone", state: "failed", why: expect.stringContaining("removed") },
      { name: "new phone", state: "sent" },
    ]);
    expect((await settings()).push.devices.map(({ name }) => name)).toEqual(["new phone"]);
    expect(stays.messages).toHaveLength(1);
  });

  test("goes nowhere when the member switched all off, and is asked for by runners only", async () => {
    expect((await call("PUT", "/reminders", { email: false })).status).toBe(200);
    expect(await remind(question())).toEqual({ deliveries: [], again: false });
    const where = `/stacks/${member.actor.member}/reminders`;
    expect((await signed(host, "POST", where, question())).status).toBe(403);
    expect((await call("POST", where, question())).status).toBe(401);
    expect((await signed(runner, "POST", `/stacks/${newId("mem")}/reminders`, question())).status).toBe(404);
    expect((await signed(runner, "POST", where, { ...question(), number: 3 })).status).toBe(400);
    expect((await signed(runner, "POST", where, { ...question(), command: "rm" })).status).toBe(400);
  });
});

describe("an address that a member names is refused and changes nothing", () => {
  beforeAll(begin);
  const bad = [
    ...["http://hooks.example.com/x", "https://127.0.0.1/x", "https://10.0.0.8/x", "https://169.254.169.254/latest", "https://[::1]/x"],
    ...[
      "https://localhost/x",
      "https://intranet/x",
      "https://db.internal/x",
      "https://2130706433/x",
      "https://0x7f.1/x",
      "https://name:word@h.example.com/",
    ],
    ...["https://127.0.0.1./x", "https://localhost./x", "ftp://h.example.com/", "javascript:alert(1)", "", "https://h.example.com/#x"],
  ];
  test.each(bad)("%s", async (url) => {
    expect((await call("POST", "/reminders/webhook", { url })).status).toBe(400);
    const { keys } = push.subscribe(key);
    expect((await call("POST", "/reminders/devices", { name: "x", endpoint: url, keys })).status).toBe(400);
    expect(await settings()).toMatchObject({ webhook: null, push: { devices: [] } });
  });
});

describe("an address that a member names", () => {
  beforeEach(begin);
  test("that is moved in the database to a private place is not dialled", async () => {
    await addWebhook();
    for (const url of ["https://127.0.0.1:1/x", `http://localhost:${new URL(edge.url).port}/health`]) {
      await sql("update reminder_setting set webhook_url = ? where member = ?", [url, member.actor.member]);
      const { deliveries } = await remind(question());
      expect(deliveries.find(({ way }) => way === "webhook")).toMatchObject({
        state: "failed",
        why: expect.stringContaining("address must be"),
      });
    }
  });

  test("whose name leads to a private place is refused as it is dialled", async () => {
    const [name, place] = [`inside.${edge.instance}.growqr-test.example`, "127.0.0.1"];
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, place, resolve));
    const { port } = server.address() as AddressInfo;
    tellHosts([name], [`${place} ${name}`]);
    try {
      const url = `https://${name}:${port}/hook`;
      await expect(fetch(url)).rejects.toThrow();
      expect(connections).toBe(1); // the name does lead there
      expect((await call("POST", "/reminders/webhook", { url })).status).toBe(200);
      expect((await remind(question())).deliveries.find(({ way }) => way === "webhook")?.why).toBe("it could not be reached");
      expect(connections).toBe(1);
    } finally {
      tellHosts([name], []);
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("that redirects is not followed, and one that does not answer is given up soon", async () => {
    await addWebhook();
    const before = receiver.asked.length;
    receiver.answer(302);
    const { deliveries } = await remind(question());
    expect(deliveries.find(({ way }) => way === "webhook")).toMatchObject({ state: "failed", why: "it answered 302" });
    expect(receiver.asked.length).toBe(before + 1);
    receiver.answer("hang");
    expect((await remind(question())).deliveries.find(({ way }) => way === "webhook")).toMatchObject({
      state: "due",
      why: "it did not answer in 4 s",
    });
  });
});

describe("the settings", () => {
  beforeEach(begin);
  test("begin with mail to the member's address, and change only by their own member", async () => {
    expect(await settings()).toEqual({
      email: { on: true, address: member.email, sends: true, demo: expect.stringContaining("http://localhost:") },
      push: { key: expect.stringMatching(/^[A-Za-z0-9_-]{87}$/), devices: [] },
      webhook: null,
    });
    await addDevice();
    const secret = await addWebhook();
    const [device] = (await settings()).push.devices;
    const other = await newPerson();
    expect((await call("GET", "/reminders", undefined, other)).json).toMatchObject({ webhook: null, push: { devices: [] } });
    expect((await call("DELETE", `/reminders/devices/${device?.id}`, undefined, other)).status).toBe(404);
    expect((await call("DELETE", "/reminders/webhook", undefined, other)).status).toBe(404);
    expect((await call("GET", "/reminders")).text).not.toContain(secret);
    expect((await call("DELETE", `/reminders/devices/${device?.id}`)).status).toBe(200);
    expect((await call("DELETE", `/reminders/devices/${device?.id}`)).status).toBe(404);
    expect((await call("DELETE", "/reminders/webhook")).status).toBe(200);
    expect((await settings()).webhook).toBeNull();
  });

  test("are not changed by what is wrong", async () => {
    const { endpoint, keys } = push.subscribe(key);
    const notAPoint = Buffer.alloc(65, 7).toString("base64url");
    for (const body of [
      { name: "", endpoint, keys },
      { name: "x", endpoint, keys: { ...keys, auth: "short" } },
      { name: "x", endpoint, keys: { ...keys, p256dh: notAPoint } },
      { name: "x", endpoint, keys, more: 1 },
    ])
      expect((await call("POST", "/reminders/devices", body)).status, JSON.stringify(body)).toBe(400);
    for (const body of [{}, { email: "yes" }, { email: true, more: 1 }]) expect((await call("PUT", "/reminders", body)).status).toBe(400);
    expect(await settings()).toMatchObject({ email: { on: true }, push: { devices: [] } });
  });

  test("take ten devices, the same browser once, and a browser is whose member asked for it last", async () => {
    const browser = await addDevice("first");
    const again = { name: "renamed", endpoint: browser.endpoint, keys: browser.keys };
    await call("POST", "/reminders/devices", again);
    expect((await settings()).push.devices.map(({ name }) => name)).toEqual(["renamed"]);
    for (let n = 1; n < mostDevices; n++) await addDevice(`device ${n}`);
    const { endpoint, keys } = push.subscribe(key);
    const refused = await call("POST", "/reminders/devices", { name: "eleventh", endpoint, keys });
    expect([refused.status, refusal(refused).message]).toEqual([409, expect.stringContaining("Remove one first")]);
    const other = await newMember();
    expect((await call("POST", "/reminders/devices", again, other)).status).toBe(201);
    expect([(await settings()).push.devices.length, (await settings(other)).push.devices.length]).toEqual([mostDevices - 1, 1]);
    await remind(question());
    expect(browser.messages).toHaveLength(0);
  });

  test("leave a device's push address with its member: who only knows the address, and not the browser's keys, does not get it", async () => {
    const browser = await addDevice("mine");
    const other = await newMember();
    const stranger = push.subscribe(key);
    for (const keys of [stranger.keys, { ...browser.keys, auth: stranger.keys.auth }, { ...browser.keys, p256dh: stranger.keys.p256dh }]) {
      const answer = await call("POST", "/reminders/devices", { name: "theirs", endpoint: browser.endpoint, keys }, other);
      expect([answer.status, refusal(answer).code]).toEqual([409, "conflict"]);
    }
    expect([(await settings()).push.devices.length, (await settings(other)).push.devices.length]).toEqual([1, 0]);
    await remind(question());
    expect(browser.messages).toHaveLength(1);
  });

  test("make a new secret of the webhook at each call, none for a repeat of it, and only the newest signs", async () => {
    const headers = { "idempotency-key": newId("req") };
    const body = { url: `${receiver.url}/hook` };
    const name = async (more = {}) => ask("POST", "/reminders/webhook", { token: await member.token(), body, headers: more });
    const make = async (more = {}) => webhookMade.parse((await name(more)).json).secret;
    const first = await make(headers);
    expect([first.startsWith("whsec_"), Buffer.from(first.slice(6), "base64").length]).toEqual([true, 32]);
    expect(refusal(await name(headers)).code).toBe("shown_once");
    receiver.secret = first;
    const rotated = await make();
    expect(rotated).not.toBe(first);
    const asked = question();
    expect((await remind(asked)).deliveries.find(({ way }) => way === "webhook")).toMatchObject({
      state: "failed",
      why: "it answered 401",
    });
    receiver.secret = rotated;
    expect((await remind(question())).deliveries.every(({ state }) => state === "sent")).toBe(true);
  });

  test("can be tried out: one in every way, and not again at once", async () => {
    const browser = await addDevice();
    await addWebhook();
    const done = await call("POST", "/reminders/test", {});
    expect(reminderOut.parse(done.json).deliveries.map(({ way, state }) => `${way} ${state}`)).toEqual([
      "email sent",
      "push sent",
      "webhook sent",
    ]);
    expect([mails().length, browser.messages.length]).toEqual([1, 1]);
    expect(mails()[0]?.text).toContain("This is a test");
    const soon = await call("POST", "/reminders/test", {});
    expect([soon.status, mails().length]).toEqual([429, 1]);
    expect(refusal(soon).message).toContain("15 s");
  });

  test("keep secrets sealed, and no log holds what was sent or to where", async () => {
    const browser = await addDevice();
    const secret = await addWebhook();
    const title = `A title ${newId("evt")}`;
    await remind(question({ title }));
    const { mailKey, pushKey } = await openSecrets(edge.folder);
    const secrets = { secret: secret.slice(6), auth: browser.keys.auth, p256dh: browser.keys.p256dh, mailKey, pushKey: pushKey.d, title };
    const rows = JSON.stringify([await sql("select * from reminder_setting"), await sql("select * from reminder_device")]);
    const log = readFileSync(edge.log, "utf8");
    for (const [name, value] of Object.entries({ ...secrets, endpoint: new URL(browser.endpoint).pathname }))
      expect(log.includes(value), `${name} in the log`).toBe(false);
    for (const [name, value] of Object.entries(secrets)) expect(rows.includes(value), `${name} in the database`).toBe(false);
  });
});
