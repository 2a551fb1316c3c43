import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { watchScript } from "../../../schema/preview/page-watch.ts";
import { previewWatchPath } from "../../../schema/preview/preview-access.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { widths } from "../../harness/browser.ts";
import { answers, coder, minute, now, open, page, seen, serveTeam } from "./sample-team.ts";

/** What an agent has made: beside the conversation where there is room, else in it. */
const bread = `<h1>Bread</h1><a href="/menu?day=1">Menu</a><button onclick="history.pushState(0, '', '/hours')">Hours</button><ul><li>Rye loaf <small>with caraway</small></li></ul>`;
const texts: Record<string, string> = {
  "/": bread,
  "/menu": "<h1>Rye and spelt</h1>",
};
let site: Server;
const address = () => `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
beforeAll(async () => {
  site = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", address());
    if (pathname === "/enter") return response.writeHead(303, { location: searchParams.get("to")! }).end();
    if (pathname === previewWatchPath) return response.end(watchScript(new URL(page.url()).origin));
    const text = `<!doctype html><title>Bakery</title><script src="${previewWatchPath}"></script>${texts[pathname]}`;
    return response.writeHead(200, { "content-type": "text/html" }).end(text);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => site.close(resolve)));

const source = { kind: "pages" as const, repo: "projects/bakery", branch: "main", folder: "" };
const preview = {
  ...{ id: newId("pvw", 20), title: "bakery", state: "open" as const, channel: siblingId("chn", coder), openedAt: now, changedAt: now },
  source,
};
/** What was asked of the edge to be changed in the project. */
const edits: object[] = [];
const edited = newId("tsk", 30);
serveTeam((method, path, body) => {
  if (method === "POST" && path === "/projects/bakery/edits") {
    edits.push(JSON.parse(body));
    return { status: 202, body: { taskId: edited, commit: "c".repeat(40), branch: "edit/1" } };
  }
  if (method !== "POST" || !/^\/previews\/pvw_\w+\/entry$/.test(path)) return undefined;
  const { path: to } = JSON.parse(body) as { path: string };
  const url = `${address()}enter?${new URLSearchParams({ to, visit: newId("req") })}`; // good once, as the real one
  return { status: 200, body: { url, address: address(), expiresAt: now + minute } };
});
const tell = (changes: object) =>
  page.evaluate(([body]) => Reflect.get(window, "sample").actor.append("preview.state", body), [
    { previewId: preview.id, title: preview.title, state: preview.state, source, ...changes },
  ] as const);
const show = (turnId: string) => tell({ turnId });
async function openAt(size: "desktop" | "phone", more: { repos?: object[]; file?: object } = {}) {
  const { repos = [], ...also } = more;
  await open("/", { size, more: { repos, answers: { ...answers, preview: { preview }, ...also } } });
  await page.getByRole("log").waitFor();
}
const shown = () => page.frameLocator('iframe[title="bakery"]');
const beside = () => page.getByRole("complementary", { name: "Preview" });

test("what is new is seen beside the conversation without a press, and in the conversation once that is closed", async () => {
  await openAt("desktop");
  await show(newId("trn", 1));
  await shown().getByRole("heading", { name: "Bread" }).waitFor();
  await beside().getByRole("button", { name: "Close the preview" }).click();
  await beside().waitFor({ state: "detached" });
  await page.getByRole("log").locator("iframe").waitFor();
  await shown().getByRole("heading", { name: "Bread" }).waitFor();
  await seen("preview-in-conversation");
});

test("on a phone it is seen in the conversation without a press, and an older one gives its room to the newest", async () => {
  await openAt("phone");
  await show(newId("trn", 1));
  await shown().getByRole("heading", { name: "Bread" }).waitFor();
  await seen("preview-phone");
  await show(newId("trn", 2));
  await expect.poll(() => page.getByRole("article", { name: "Preview bakery" }).count()).toBe(2);
  await expect.poll(() => page.locator("iframe").count()).toBe(1);
  await page.getByRole("link", { name: "Open bakery" }).click();
  await page.getByRole("main", { name: "Preview" }).waitFor();
  await shown().getByRole("heading", { name: "Bread" }).waitFor();
});

test("what changes again in the same turn is seen anew, and one that is closed or is a program is not drawn by itself", async () => {
  await openAt("phone");
  const turnId = newId("trn", 1);
  const heading = shown().getByRole("heading");
  await show(turnId);
  await heading.getByText("Bread").waitFor();
  texts["/"] = "<h1>Rolls</h1>";
  await show(turnId);
  await heading.getByText("Rolls").waitFor();
  expect(await page.getByRole("article", { name: "Preview bakery" }).count()).toBe(1);
  await tell({ state: "closed" });
  await page.getByRole("article", { name: "Preview bakery" }).getByText("It is closed.").waitFor();
  await expect.poll(() => page.locator("iframe").count()).toBe(0);
  await tell({ previewId: newId("pvw", 21), title: "Guest book", source: { kind: "port", agent: coder, port: 5_210 } });
  await page.getByRole("article", { name: "Preview Guest book" }).getByRole("link", { name: "Open" }).waitFor();
  expect(await page.locator("iframe").count()).toBe(0);
  texts["/"] = bread;
});

test("within the page there is a way back, and the address that is copied is the place that is looked at", async () => {
  await openAt("desktop");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await show(newId("trn", 1));
  const back = beside().getByRole("button", { name: "Back to the page before" });
  const copied = async () => {
    await beside()
      .getByRole("button", { name: /^Copy the address|^Copied/ })
      .click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  await shown().getByRole("link", { name: "Menu" }).click();
  await shown().getByRole("heading", { name: "Rye and spelt" }).waitFor();
  await back.waitFor();
  await expect.poll(copied).toBe(`${address()}menu?day=1`);
  await back.click();
  await shown().getByRole("heading", { name: "Bread" }).waitFor();
  await back.waitFor({ state: "detached" });
  await shown().getByRole("button", { name: "Hours" }).click(); // a page that changes its address by itself
  await expect.poll(copied).toBe(`${address()}hours`);
  await back.click();
  await expect.poll(copied).toBe(address());
  expect(new URL(page.url()).pathname).toBe("/"); // the app itself stays where it is
  await page.setViewportSize(widths.phone);
  await page.getByRole("main", { name: "Preview" }).waitFor();
  await seen("preview-pane-phone");
});

const main = "a".repeat(40);
const bakery = { repo: "projects/bakery", title: "Bakery", branches: [{ name: "main", hash: main }], shown: "main" };
const file = { repo: "projects/bakery", ref: main, path: "index.html", text: `<!doctype html>\n${bread}\n`, bytes: 90, truncated: false };
const tellTask = (facts: object) =>
  page.evaluate(([body]) => Reflect.get(window, "sample").actor.append("task.state", body), [
    { taskId: edited, title: "Change the words", from: "complete", facts: { run: 0, asked: [], attempts: {}, repairs: 0, ...facts } },
  ] as const);

test("words are changed by pressing on them: the commit is the person's own, and says how it goes", async () => {
  texts["/"] = bread;
  await openAt("desktop", { repos: [bakery], file });
  await show(newId("trn", 1));
  await shown().getByRole("heading", { name: "Bread" }).waitFor();
  await beside().getByRole("button", { name: "Change something…" }).click();
  await beside().getByText("Press on the words or the picture").waitFor();
  await shown().getByRole("link", { name: "Menu" }).click(); // and the link leads nowhere meanwhile
  const part = beside().getByRole("region", { name: "Change something" });
  await part.getByLabel("The words of this link").waitFor();
  await part.getByRole("button", { name: "Something else" }).click();
  await shown()
    .getByText("Rye loaf")
    .click({ position: { x: 8, y: 8 } });
  expect(await part.getByLabel("The words of this line").inputValue()).toBe("Rye loaf"); // without what stands beside them
  await part.getByRole("button", { name: "Something else" }).click();
  await shown().getByRole("heading", { name: "Bread" }).click();
  const words = part.getByLabel("The words of this heading");
  expect(await words.inputValue()).toBe("Bread");
  expect(await words.evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await shown().getByRole("heading", { name: "Bread" }).getAttribute("style")).toContain("outline: ");
  await seen("preview-change");
  await words.fill("Bread & rolls");
  await part.getByRole("button", { name: "Save these words" }).click();
  await beside().getByText("Your change is saved, and is being checked").waitFor();
  expect(edits).toEqual([
    {
      base: main,
      files: [{ path: "index.html", content: file.text.replace("<h1>Bread</h1>", "<h1>Bread &amp; rolls</h1>"), encoding: "utf-8" }],
      title: "Change the words “Bread & rolls”",
    },
  ]);
  await tellTask({ state: "verified", by: "member", adopted: main, reason: "on main" });
  await beside().getByText("Your change is in the project.").waitFor();
  await beside().getByRole("button", { name: "OK" }).click();
  await beside().getByText("Your change is in the project.").waitFor({ state: "detached" });
});

test("what the checks refuse is changed again, or told to the agent with what they say", async () => {
  texts["/"] = bread;
  await openAt("desktop", { repos: [bakery], file });
  await show(newId("trn", 1));
  await beside().getByRole("button", { name: "Change something…" }).click();
  const part = beside().getByRole("region", { name: "Change something" });
  const save = async (words: string) => {
    await shown().getByRole("heading", { name: "Bread" }).click();
    await part.getByLabel("The words of this heading").fill(words);
    await part.getByRole("button", { name: "Save these words" }).click();
    await tellTask({ state: "failed", by: "member", reason: "index.html must say “Bread”." });
    await beside().getByText("Your change is not in the project: index.html must say “Bread”. Nothing else has changed.").waitFor();
  };
  await save("Cakes");
  await beside().getByRole("button", { name: "Change it again" }).click();
  await save("Rolls");
  await seen("preview-change-refused");
  await beside().getByRole("button", { name: "Ask your agent" }).click();
  await expect
    .poll(() => page.getByRole("textbox", { name: /^Message/ }).inputValue())
    .toBe(
      "On the page “bakery” (project bakery), at /, change the heading “Bread” to “Rolls”. I tried it myself, and a check refused it: index.html must say “Bread”.",
    );
  edits.length = 0;
});

test("on a phone the words are changed in the same way, and all of it fits", async () => {
  texts["/"] = bread;
  await openAt("phone", { repos: [bakery], file });
  await show(newId("trn", 1));
  await page.getByRole("link", { name: "Open bakery" }).first().click();
  const pane = page.getByRole("main", { name: "Preview" });
  await pane.getByRole("button", { name: "Change something…" }).click();
  await pane.getByText("Press on the words or the picture").waitFor();
  await shown().getByRole("heading", { name: "Bread" }).click();
  await pane.getByLabel("The words of this heading").waitFor();
  const cancel = await pane.getByRole("button", { name: "Cancel" }).boundingBox();
  expect(cancel!.x + cancel!.width).toBeLessThanOrEqual(390);
  await seen("preview-change-phone");
  await pane.getByRole("button", { name: "Ask your agent to change it" }).click();
  const field = page.getByRole("textbox", { name: /^Message/ }); // it is seen, and not behind the page
  await expect.poll(() => field.evaluate((each) => each === document.activeElement && each.getBoundingClientRect().height > 0)).toBe(true);
  expect(await field.inputValue()).toContain("change the heading “Bread”: ");
});

test("a picture is replaced by pressing on it; another file that the page calls its picture is not", async () => {
  const picture = (name: string, src: string) => `<img alt="${name}" src="${src}" style="display:block;width:80px;height:80px">`;
  texts["/"] = `<h1>Bread</h1>${picture("Loaf", "/loaf.png")}${picture("Recipe", "/package.json")}`;
  await openAt("desktop", { repos: [bakery], file });
  await show(newId("trn", 1));
  await beside().getByRole("button", { name: "Change something…" }).click();
  const part = beside().getByRole("region", { name: "Change something" });
  await shown().getByAltText("Recipe").click();
  await part.getByRole("button", { name: "Ask your agent to change it" }).waitFor();
  expect(await part.getByLabel("Another picture in its place").count()).toBe(0);
  await part.getByRole("button", { name: "Something else" }).click();
  await shown().getByAltText("Loaf").click();
  const place = part.getByLabel("Another picture in its place");
  await place.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await part.getByText("This is no picture.").waitFor();
  expect(edits).toEqual([]);
  const bytes = Buffer.from("89504e470d0a1a0a", "hex");
  await place.setInputFiles({ name: "roll.png", mimeType: "image/png", buffer: bytes });
  await beside().getByText("Your change is saved, and is being checked").waitFor();
  const files = [{ path: "loaf.png", content: bytes.toString("base64"), encoding: "base64" }];
  expect(edits).toEqual([{ base: main, files, title: "Change a picture" }]);
  edits.length = 0;
});

test("what is no plain text of the page's file is the agent's to change, by its name", async () => {
  await openAt("desktop", { repos: [bakery], file: { ...file, text: "<div></div>" } });
  await show(newId("trn", 1));
  await beside().getByRole("button", { name: "Change something…" }).click();
  await shown().getByRole("heading", { name: "Bread" }).click();
  const part = beside().getByRole("region", { name: "Change something" });
  expect(await part.getByRole("textbox").count()).toBe(0);
  await part.getByRole("button", { name: "Ask your agent to change it" }).click();
  await expect
    .poll(() => page.getByRole("textbox", { name: /^Message/ }).inputValue())
    .toBe("On the page “bakery” (project bakery), at /, change the heading “Bread”: ");
});

const draft = { ...preview, id: newId("pvw", 22), source: { ...source, branch: `agent/${coder}/t001` } };
const finished = { ...preview, changedAt: now + minute };
const draftAnswers = { previews: { previews: [draft] }, preview: { preview: draft } };
/** The plan's pages are on main: the actor lists them, and tells of them by an event. */
async function finish() {
  await page.evaluate(
    ([unfinished, done]) => {
      const { answers: actorAnswers } = Reflect.get(window, "sample").actor;
      actorAnswers.previews = { previews: [done, unfinished] };
      actorAnswers.preview = ({ previewId }: { previewId: string }) => ({ preview: previewId === done.id ? done : unfinished });
    },
    [draft, finished] as const,
  );
  await tell({ turnId: newId("trn", 3) });
}
const asMade = "This is how it looked while it was being made. There is a newer version now.";
const shownId = () => new URL(page.url()).searchParams.get("preview");

test("a page of an agent's branch says that it is being made, and then that it is finished, with the way there", async () => {
  texts["/"] = bread;
  await open(`/?preview=${draft.id}`, { size: "phone", more: { answers: { ...answers, ...draftAnswers } } });
  const pane = page.getByRole("main", { name: "Preview" });
  await pane.getByRole("status").getByText("It is still being made.").waitFor();
  await shown().getByRole("heading", { name: "Bread" }).waitFor();
  await seen("preview-being-made-phone");
  await finish();
  await pane.getByRole("status").getByText(asMade).waitFor();
  expect(shownId()).toBe(draft.id); // the person decides when
  await seen("preview-as-made-phone");
  await pane.getByRole("link", { name: "Show the newer version" }).click();
  await expect.poll(shownId).toBe(finished.id);
  await pane.getByText(asMade).waitFor({ state: "detached" });
  await shown().getByRole("heading", { name: "Bread" }).waitFor();
  expect(await pane.getByText("It is still being made.").count()).toBe(0);
});

test("beside the conversation an unfinished page leads to the finished one, and nothing is said once nobody works on it", async () => {
  texts["/"] = bread;
  await open(`/?preview=${draft.id}`, { more: { answers: { ...answers, ...draftAnswers } } });
  await beside().getByText("It is still being made.").waitFor();
  await finish(); // what is new is shown by itself
  await expect.poll(shownId).toBe(finished.id);
  await page.goBack();
  await beside().getByText(asMade).waitFor();
  await seen("preview-as-made");
  await beside().getByRole("link", { name: "Show the newer version" }).click();
  await expect.poll(shownId).toBe(finished.id);
  await open(`/?preview=${draft.id}`, { more: { tasks: [], answers: { ...answers, ...draftAnswers } } });
  await shown().getByRole("heading", { name: "Bread" }).waitFor();
  expect(await beside().getByText("It is still being made.").count()).toBe(0);
});
