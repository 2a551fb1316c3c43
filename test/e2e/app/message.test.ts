import { beforeAll, describe, expect, test } from "vitest";
import { taskDetail, taskOut } from "../../../schema/agent/team.ts";
import { attachment } from "../../../schema/conversation/attachment.ts";
import { answers, composer, keepPictures, quiet, say, stopButton, violations } from "../../harness/browser.ts";
import { type Person, person, provision, script } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";

/** What people bring from other messengers: take back, edit, ask again, copy, attach. */
const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const slow = script({ text: "one two three four five six", chunks: 6, gapMs: 1_500 });

describe("a message", () => {
  const visitor = bringVisitor("ida", { settleMs: 120_000 });
  const { product, email } = visitor;
  let ada: Person;
  let actor: string;
  beforeAll(async () => {
    await visitor.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    ada = await person(product, email);
    actor = ((await ada.call("GET", "/me")).body as { agent: { id: string } }).agent.id;
  });
  const sent = (text: string) => visitor.page.getByRole("article", { name: /^(?!Grow Agent)/ }).filter({ hasText: text });

  const post = async (person: Person, where: string, body: string | Buffer) => {
    const headers = { authorization: `Bearer ${await person.token()}`, "content-type": "application/octet-stream" };
    const answer = await fetch(product.edgeUrl + where, { method: "POST", headers, body: new Uint8Array(Buffer.from(body)) });
    return { status: answer.status, body: (await answer.json()) as unknown };
  };

  test("that waits is cancelled, and what was written can be sent anew or edited; nothing is read twice", async () => {
    const { page } = visitor;
    await say(page, slow);
    await stopButton(page).waitFor();
    await say(page, "the second thing");
    const waiting = sent("the second thing");
    await waiting.getByRole("button", { name: "Cancel message" }).dblclick();
    await waiting.getByText("Cancelled before it was read.").waitFor();
    await waiting.getByRole("button", { name: "Edit message" }).click();
    expect(await composer(page).inputValue()).toBe("the second thing");
    expect(await composer(page).evaluate((field) => field === document.activeElement)).toBe(true);
    await composer(page).fill("");
    await waiting.getByRole("button", { name: "Ask again" }).dblclick();
    await quiet(page);
    await expect.poll(() => sent("the second thing").count()).toBe(2);
    await quiet(page);
    expect(await sent("the second thing").count()).toBe(2);
    await waiting.first().getByRole("button", { name: "Copy message" }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("the second thing");
  });

  test("has its code in a block", async () => {
    const { page } = visitor;
    await composer(page).fill("Say help.\n```js\nconst page = '<script>window.pwned = 1</script>';\n```");
    await composer(page).press("Enter");
    await sent("Say help.").getByRole("region", { name: "Code" }).getByText("<script>window.pwned = 1</script>").waitFor();
    expect(await page.evaluate(() => "pwned" in window)).toBe(false);
    await quiet(page);
  });

  test("takes files: picked, pasted, dropped; the agent reads them, and pictures are shown without running anything", async () => {
    const { page, errors } = visitor;
    const picked = page.getByLabel("Files to attach");
    await picked.setInputFiles([
      { name: "../notes for you.txt", mimeType: "text/plain", buffer: Buffer.from("the oven is warm at six") },
      { name: "dot.png", mimeType: "image/png", buffer: dot },
      {
        name: "sly.png",
        mimeType: "image/png",
        buffer: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='window.pwned = 2'/>"),
      },
    ]);
    await page.getByRole("list", { name: "Files to send" }).getByText("notes-for-you.txt").waitFor();
    await expect.poll(() => page.getByRole("list", { name: "Files to send" }).getByText("Uploading").count()).toBe(0);
    await page.reload();
    await page.getByRole("list", { name: "Files to send" }).getByText("notes-for-you.txt").waitFor();
    for (const how of ["paste", "drop"])
      await composer(page).evaluate((field, kind) => {
        const data = new DataTransfer();
        data.items.add(new File([kind], `${kind}.txt`, { type: "text/plain" }));
        if (kind === "paste") field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        else document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
      }, how);
    await page.getByRole("list", { name: "Files to send" }).getByText("drop.txt").waitFor();
    await expect.poll(() => page.getByRole("list", { name: "Files to send" }).getByText("Uploading").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "attach");
    await say(
      page,
      `Read it: ${script({ tool: "bash", args: { command: "cat attachments/*notes-for-you.txt attachments/*drop.txt", description: "Read" } }, { text: "I have read it." })}`,
    );
    const message = sent("Read it:");
    await message.getByRole("img", { name: "dot.png" }).waitFor();
    expect(await message.getByRole("img", { name: "dot.png" }).getAttribute("src")).toMatch(/^blob:/);
    await message.getByText("Not a picture that can be shown").waitFor();
    await answers(page).getByText("I have read it.").waitFor();
    await answers(page)
      .last()
      .getByRole("button", { name: /Run|Read/ })
      .first()
      .click();
    await page
      .getByRole("region", { name: /^Output of/ })
      .getByText(/the oven is warm at six/)
      .waitFor();
    expect(await page.evaluate(() => "pwned" in window)).toBe(false);
    expect(errors).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "attached");
  });

  test("in a task's thread takes files that the task's own agent reads", async () => {
    const { page, errors } = visitor;
    const description = script({ text: "tick", chunks: 120, gapMs: 100 });
    const spec = { id: "reading", title: "Read the note", owner: "coding", outputs: ["reading.txt"], description };
    const { task } = taskOut.parse((await ada.call("POST", "/tasks", { spec })).body);
    const statuses = new Set<number>();
    const early = async () => {
      const { worker } = taskDetail.parse((await ada.call("GET", `/tasks/${task.id}`)).body).task.facts;
      if (worker) statuses.add((await post(ada, `/actors/${actor}/attachments?name=early.txt&agent=${worker}`, "early")).status);
      return statuses.has(201);
    };
    await expect.poll(early, { timeout: limit(90_000) }).toBe(true);
    statuses.delete(503); // its agent was starting
    expect([...statuses]).toEqual([201]);
    await page.goto(`${product.url}/?task=${task.id}&view=thread`);
    await page.getByPlaceholder(/^Reply about this task to (?!Grow Agent)/).waitFor({ timeout: limit(90_000) });
    const reply = page.locator("form").filter({ has: page.getByRole("textbox", { name: "Reply in the thread" }) });
    await reply
      .getByLabel("Files to attach")
      .setInputFiles({ name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("flour comes on Friday") });
    await reply.getByText("21 bytes").waitFor({ timeout: limit(60_000) });
    await keepPictures(page, "thread-attach");
    const read = { tool: "bash", args: { command: "cat attachments/*note.txt", description: "Read the note" } };
    await reply.getByRole("textbox").fill(`Read this: ${script(read, { text: "The thread's file is read." })}`);
    await reply.getByRole("textbox").press("Enter");
    const thread = page.getByRole("log", { name: "Thread of the task" });
    await thread.getByText("note.txt").first().waitFor();
    await thread.getByText("The thread's file is read.", { exact: true }).waitFor({ timeout: limit(90_000) });
    const { channel } = taskDetail.parse((await ada.call("GET", `/tasks/${task.id}`)).body);
    expect(JSON.stringify((await ada.call("GET", `/channels/${channel}/events?limit=200`)).body)).toContain("flour comes on Friday");
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "thread-attached");
    expect(errors).toEqual([]);
    await ada.call("POST", `/tasks/${task.id}/cancel`);
    await page.goto(product.url);
  });

  test("with a file wakes a stack that is stopped", async () => {
    const { page } = visitor;
    await ada.call("POST", `/actors/${actor}/stop`, { scope: "stack" });
    await page.getByText("You stopped your stack.").waitFor({ timeout: limit(60_000) });
    await page
      .getByText(/^Stack stopped/)
      .first()
      .waitFor();
    await page.getByLabel("Files to attach").setInputFiles({ name: "late.txt", mimeType: "text/plain", buffer: Buffer.from("late") });
    await page.getByText("Waking your stack").waitFor();
    await page
      .getByRole("list", { name: "Files to send" })
      .getByText("4 bytes")
      .waitFor({ timeout: limit(90_000) });
    await say(page, "help");
    await sent("help").getByText("late.txt").last().waitFor();
    await quiet(page);
  });

  test("'s files are the member's alone, whatever is asked for", async () => {
    const keep = () => post(ada, `/actors/${actor}/attachments?name=a.html`, "<script>1</script>");
    await expect.poll(async () => (await keep()).status).toBe(201); // its stack may still be waking
    const kept = await keep();
    const file = attachment.parse(kept.body);
    const where = `/actors/${actor}/attachments/${file.agent}/${file.name}`;
    const read = await fetch(product.edgeUrl + where, { headers: { authorization: `Bearer ${await ada.token()}` } });
    expect([read.status, await read.text()]).toEqual([200, "<script>1</script>"]);
    expect(read.headers.get("content-type")).toBe("application/octet-stream");
    expect(read.headers.get("content-disposition")).toBe("attachment");
    expect(read.headers.get("content-security-policy")).toContain("sandbox");
    expect(await keep()).toEqual(kept);

    const eve = await person(product, `eve-${Date.now()}@example.com`);
    const { actor: hers, events } = await provision(eve);
    events.close();
    for (const path of [where, where.replace(actor, hers.id)]) expect((await eve.call("GET", path)).status).toBe(404);
    expect((await post(eve, `/actors/${hers.id}/attachments?name=a&agent=${actor}`, "x")).status).toBe(404);
    for (const name of ["..%2f..%2fetc%2fpasswd", "x", "0123456789-", "0123456789-none"])
      expect((await ada.call("GET", `/actors/${actor}/attachments/${file.agent}/${name}`)).status).toBe(404);
    expect((await post(ada, `/actors/${actor}/attachments?name=big`, Buffer.alloc(10 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await post(ada, `/actors/${actor}/attachments`, "x")).status).toBe(400);
    await eve.call("POST", `/actors/${hers.id}/stop`, { scope: "stack" });
    await expect
      .poll(async () => (await post(eve, `/actors/${hers.id}/attachments?name=a`, "x")).body)
      .toMatchObject({
        error: { code: "unavailable", message: "The stack is not running. Start it, then attach the file." },
      });
  });
});
