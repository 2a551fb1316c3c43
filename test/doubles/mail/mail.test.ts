import { get } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Mailbox, startMailbox } from "./server.ts";

/** The double of the mail service says what Resend's documentation says. */
const key = "re_test_0123456789";
let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await startMailbox(0, key);
});
afterAll(() => mailbox.close());

const mail = { from: "GrowQR <reminders@example.com>", to: ["ada@example.com"], subject: "Hello", text: "Hello", html: "<p>Hello</p>" };
async function send(body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${mailbox.url}/emails`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const said: unknown = await response.json();
  return [response.status, z.looseObject({ name: z.string().optional() }).parse(said).name] as const;
}

test("a mail is taken once per idempotency key; the key with another mail is refused", async () => {
  const once = { "idempotency-key": "reminder/1" };
  expect([await send(mail, once), await send(mail, once), mailbox.mails.length]).toEqual([[200, undefined], [200, undefined], 1]);
  expect(await send({ ...mail, subject: "Other" }, once)).toEqual([409, "invalid_idempotent_request"]);
  expect(await send(mail, { "idempotency-key": "k".repeat(257) })).toEqual([400, "invalid_idempotency_key"]);
  expect(mailbox.mails).toHaveLength(1);
});
test("what is missing or wrong is said by its name", async () => {
  const { subject: _, ...without } = mail;
  expect(await send(without)).toEqual([422, "missing_required_field"]);
  expect(await send({ ...mail, to: "nobody" })).toEqual([422, "missing_required_field"]);
  expect(await send(mail, { authorization: "" })).toEqual([401, "missing_api_key"]);
  expect(await send(mail, { authorization: "Bearer other" })).toEqual([403, "invalid_api_key"]);
  mailbox.fail("other@example.com", 429);
  expect(await send({ ...mail, subject: "Taken" })).toEqual([200, undefined]);
  mailbox.fail([mail.to].flat()[0] ?? "", 429);
  expect(await send(mail)).toEqual([429, "rate_limit_exceeded"]);
});
test("a mail of somebody hostile is shown and runs nothing", async () => {
  await send({ ...mail, subject: "<script>alert(1)</script>", html: "<script>alert(1)</script>" });
  const list = await fetch(mailbox.url);
  expect(list.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await list.text()).not.toContain("<script>");
  const page = await (await fetch(`${mailbox.url}/read/${mailbox.mails.at(-1)?.id}`)).text();
  expect(page).not.toContain("<script>");
  expect(page).toContain('sandbox="allow-top-navigation-by-user-activation"');
});

test("its pages are read under this machine's names only", async () => {
  await send(mail);
  const read = (host: string) =>
    new Promise<number>((resolve, reject) => {
      get(`${mailbox.url}/`, { headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      }).once("error", reject);
    });
  const { port } = new URL(mailbox.url);
  expect([await read(`localhost:${port}`), await read(`evil.example:${port}`), await read("evil.example")]).toEqual([200, 421, 421]);
});
