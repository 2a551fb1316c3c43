import { expect, test } from "vitest";
import type { OpencodeSession } from "../../../schema/opencode/session.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { agent } from "../sample-actor.ts";
import { inputs, now, open, page, seen, serveTeam } from "./sample-team.ts";

serveTeam();
const owner = { id: agent, title: "Grow Agent", type: "grow", channel: siblingId("chn", agent), retired: false };
const session = (n: number, more: Partial<OpencodeSession>): OpencodeSession => ({
  ...{ id: newId("ses", n), opencode: `ses_${n}`, agent: owner, title: "Grow Agent", task: null, madeBy: "agent", current: false },
  ...{ archived: false, open: 0, createdAt: now, lastActivity: now },
  ...more,
});
const everyday = session(1, { current: true });
const menu = session(2, { title: "The menu of the bakery, which has a rather long name for a phone", madeBy: "member", opencode: null });
const old = session(3, { title: "An old try", archived: true });
const said = (text: string) => ({ messageId: newId("msg"), clientId: "sample-said", text, turnId: newId("trn"), sessionId: menu.id });
const events = [
  { seq: 1, at: now, channel: owner.channel, kind: "message.sent", session: menu.id, body: said("What about a green soup?") },
  {
    seq: 2,
    at: now,
    channel: owner.channel,
    kind: "message.text",
    session: menu.id,
    body: { turnId: newId("trn"), partId: "p", text: "**Green** it is." },
  },
];
const page1 = { events, first: 1, last: 2 };
const opened = { sessions: { sessions: [menu, everyday], next: null }, session: { session: menu }, sessionEvents: page1 };
const changed = { sessionEdit: { session: menu }, sessionCreate: { session: menu } };
const openSessions = (where: string, answers: object = {}, size: "desktop" | "phone" = "desktop") =>
  open(where, { size, more: { answers: { ...opened, ...changed, ...answers } } });
const button = (name: string) => page.getByRole("button", { name });

test("sessions are listed, one is renamed, archived and made; the second press sends nothing", async () => {
  await openSessions("/session");
  await page.getByText("Works here unless told otherwise").waitFor();
  await seen("sessions");
  await button("Rename Grow Agent").click();
  await page.getByLabel("Name", { exact: true }).fill(" ");
  await button("Rename it").click();
  await page.getByText("Give it a name of one to 120 characters.").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Every day");
  await button("Rename it").click();
  await expect.poll(() => inputs("sessionEdit")).toEqual([{ sessionId: everyday.id, title: "Every day" }]);
  await page.evaluate(() => {
    const { actor } = Reflect.get(window, "sample");
    actor.gates.sessionEdit = new Promise((release) => Object.assign(window, { release }));
  });
  await button("Archive The menu").dblclick();
  await page.evaluate(() => Reflect.get(window, "release")());
  await expect.poll(() => inputs("sessionEdit")).toEqual([expect.anything(), { sessionId: menu.id, archived: true }]);
  await button("New session").click();
  await page.getByLabel("What it is about").fill("The menu");
  await button("Make it").dblclick();
  await page.getByText("What about a green soup?").waitFor();
  expect(await inputs("sessionCreate")).toEqual([{ title: "The menu" }]);
});

test("an opened session shows what was said in it and takes a message, which is kept where it was refused; on a phone too", async () => {
  await openSessions(`/session?id=${menu.id}`, {}, "phone");
  await page.getByText("What about a green soup?").waitFor();
  expect(await page.locator("strong", { hasText: "Green" }).count()).toBe(1);
  await page.getByText("Details").last().click();
  await page.getByText("made with its first message").waitFor();
  await seen("session-phone");
  const text = page.getByLabel("Say something to Grow Agent here");
  await page.evaluate(() => {
    const { actor } = Reflect.get(window, "sample");
    actor.answers.send = () => {
      throw Object.assign(new Error("Too many actions at once."), { group: "user", code: "rate_limited" });
    };
  });
  await text.fill("And blue?");
  await button("Send").dblclick();
  await page.getByText("Your message is kept here.").waitFor();
  expect(await text.inputValue()).toBe("And blue?");
  await page.evaluate(() => Reflect.deleteProperty(Reflect.get(window, "sample").actor.answers, "send"));
  await button("Send").click();
  await expect.poll(() => text.inputValue()).toBe("");
  const sends = (await inputs("send")) as { clientId: string; session: string }[];
  expect(new Set(sends.map(({ clientId }) => clientId)).size).toBe(1);
  expect(sends.at(-1)).toMatchObject({ session: menu.id, text: "And blue?" });
  for (const name of ["Rename The menu", "Send"]) expect((await button(name).boundingBox())?.height).toBeGreaterThanOrEqual(44);
});

test("archived ones have a list of their own and are resumed; an empty list and one that is not there say what to do", async () => {
  await openSessions("/session?archived=1", { sessions: { sessions: [old], next: null } });
  await button("Resume An old try").click();
  await expect.poll(() => inputs("sessionEdit")).toEqual([{ sessionId: old.id, archived: false }]);
  await page.context().close();
  await openSessions("/kinds", { sessions: { sessions: [], next: null } });
  await page.getByRole("link", { name: "Sessions" }).first().click();
  await page.getByText("No sessions yet").waitFor();
  await seen("sessions-none");
  await page.context().close();
  await open(`/session?id=${newId("ses")}`);
  await button("Retry").first().waitFor();
});
