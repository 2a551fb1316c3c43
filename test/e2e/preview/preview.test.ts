import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { downloadOut } from "../../../schema/git/download.ts";
import { previewOut, previewsOut } from "../../../schema/preview/preview.ts";
import { previewEntryOut, previewTokenOut, shareMade, sharesOut } from "../../../schema/preview/preview-access.ts";
import { terminalProtocol, terminalTicketOut, terminalTicketPrefix } from "../../../schema/terminal/terminal.ts";
import { newId } from "../../../schema/wire/id.ts";
import { type Events, type Person, person, provision, script, send } from "../../harness/person.ts";
import { beginUpload, converse, hold, look, openSocket, type Seen } from "./preview-visitor.ts";

/**
 * What an agent shows of its work, from the program in its box to whoever may look, by every part between.
 */
const product = inject("product");
const waitForPort = readFileSync(new URL("./wait-for-port.mjs", import.meta.url), "utf8");
const program = readFileSync(new URL("./sample-server.mjs", import.meta.url), "utf8");
const port = 5_173;
const app = product.edgeUrl.replace("127.0.0.1", "localhost");
const inner = `http://localhost:${port}`;
let ada: Person;
let bob: Person;
let actor = "";
let events: Events;
const closing: (() => void)[] = [];
beforeAll(async () => {
  [ada, bob] = await Promise.all([person(product, "preview@example.com"), person(product, "preview-neighbour@example.com")]);
  const made = await provision(ada);
  actor = made.actor.id;
  ({ events } = made);
  closing.push(made.events.close);
});
afterAll(() => {
  for (const close of closing) close();
});

const bash = (command: string) => ({ tool: "bash", args: { command, description: "run" } });
const write = (filePath: string, content: string) => ({ tool: "write", args: { filePath, content } });
const show = (number: number, title: string) => ({ tool: "platform_open_preview", args: { port: number, title } });
const say = async (...steps: object[]) => (await send(ada, actor, script(...steps, { text: "Done." }))).turnId;
const over = (turnId: string) => events.wait("turn.state", ({ body }) => body.turnId === turnId && body.state === "done", 60_000);

let preview = "";
let address = "";
let headers: Record<string, string> = {};
const entry = async (path = "/") => previewEntryOut.parse((await ada.call("POST", `/previews/${preview}/entry`, { path })).body);
/** A terminal of the member's own that has begun, by one of their browsers. */
async function openTerminal(by: Person): Promise<WebSocket> {
  const id = newId("trm");
  const { ticket } = terminalTicketOut.parse((await by.call("PUT", `/terminals/${id}`, { device: "test" })).body);
  const socket = new WebSocket(`${product.edgeUrl.replace("http", "ws")}/terminals/${id}/connect?columns=80&rows=24`, [
    terminalProtocol,
    terminalTicketPrefix + ticket,
  ]);
  await once(socket, "message");
  return socket;
}
const cookie = (seen: Seen) => String(seen.headers["set-cookie"]).split(";")[0]!;

describe("a program that an agent has started", () => {
  test("is shown by the agent's tool, and a port on which nobody listens is not", async () => {
    const turn = await say(
      show(4_999, "Nothing"),
      write("server.mjs", program),
      write("wait.mjs", waitForPort),
      bash(`node server.mjs ${port} >server.log 2>&1 & node wait.mjs ${port}; cat server.log`),
      show(port, "Guest book"),
    );
    await over(turn);
    const [opened] = events.of("preview.state").filter(({ body }) => body.turnId === turn);
    expect(opened?.body).toMatchObject({ title: "Guest book", state: "open", source: { kind: "port", port } });
    const calls = events.of("tool.call").filter(({ body }) => body.turnId === turn && body.call.state !== "running");
    const shown = calls.flatMap(({ body: { call } }) =>
      call.tool === "platform_open_preview" ? [`${call.verb} ${call.target}: ${call.state}`] : [],
    );
    expect(shown).toEqual(["Show Nothing: failed", "Show Guest book: done"]);
    preview = opened!.body.previewId;
    expect(previewsOut.parse((await ada.call("GET", "/previews")).body).previews.map(({ id }) => id)).toContain(preview);
  });

  test("is entered by a ticket that is good once, which becomes a cookie of that host alone", async () => {
    const given = await entry("/said?x=1");
    ({ address } = given);
    const first = await look(given.url, given.url);
    expect(first).toMatchObject({ status: 303, headers: { location: "/said?x=1" } });
    expect(String(first.headers["set-cookie"])).toMatch(
      /^growqr_preview=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=None; Partitioned$/,
    );
    expect((await look(given.url, given.url)).status).toBe(401); // a second time, by somebody else
    const again = await look(given.url, given.url, { headers: { cookie: cookie(first) } }); // a frame that is drawn anew
    expect(again).toMatchObject({ status: 303, headers: { location: "/said?x=1" } });
    expect((await look(given.url, given.url, { headers: { cookie: `${cookie(first)}x` } })).status).toBe(401);
    expect((await look(address, "/said", { headers: { cookie: cookie(first) } })).status).toBe(200);
    expect((await look(address, "/said")).status).toBe(401);
    const page = await look(address, "/", { headers: { accept: "text/html" } });
    expect([page.status, page.body]).toEqual([401, expect.stringContaining("This preview is private")]);
  });

  test("sees requests as if they were made on its own machine, without the platform's credentials", async () => {
    const made = previewTokenOut.parse((await ada.call("POST", `/previews/${preview}/token`)).body);
    headers = { [made.header]: made.token };
    const origin = address.slice(0, -1);
    const sent = {
      ...headers,
      origin,
      referer: `${origin}/a?b`,
      authorization: "Bearer mine",
      cookie: "mine=1; growqr_preview=x; other=2",
    };
    const seen = await look(address, "/said?a=%20b", { method: "POST", headers: { ...sent, "x-forwarded-host": "evil" }, body: "hello" });
    const told = JSON.parse(seen.body) as { headers: Record<string, string> };
    expect(told).toMatchObject({ method: "POST", url: "/said?a=%20b", bytes: 5 });
    expect(told.headers).toMatchObject({
      host: `localhost:${port}`,
      origin: inner,
      referer: `${inner}/a?b`,
      authorization: "Bearer mine",
      cookie: "mine=1; other=2",
    });
    expect(Object.keys(told.headers).filter((name) => /growqr|forwarded|^cf-/.test(name))).toEqual([]);
    expect(seen.headers["set-cookie"]).toEqual(["mine=1; Path=/; Secure; SameSite=None; Partitioned"]);
    expect((await look(address, "/away", { headers })).headers.location).toBe(`${origin}/said?from=away`);
  });

  test("streams, answers ranges, and speaks over a WebSocket", async () => {
    const whole = await look(address, "/large", { headers });
    expect(whole.body.length).toBe(3_000_000);
    const part = await look(address, "/large", { headers: { ...headers, range: "bytes=10-14" } });
    expect([part.status, part.body, part.headers["content-range"]]).toEqual([206, "01234", "bytes 10-14/3000000"]);
    const heard = await converse(address, "/hot?x=1", { ...headers, origin: address.slice(0, -1) }, "12345");
    expect(heard).toEqual([`hello localhost:${port} ${inner}`, "heard 5"]);
  });

  test("is streamed both ways, and its own paths are its own", async () => {
    const slow = await hold(address, "/slow", headers);
    expect(slow.said()).toBe("first\n"); // the program has not ended its answer
    await look(address, "/slow-end", { headers });
    expect([await slow.ended, slow.said()]).toEqual(["whole", "first\nsecond\n"]);
    expect(await beginUpload(address, "/taken", headers, "half")).toBe("half");
    for (const path of ["/a//b", "/a%2Fb?c=%2f", "//"])
      expect((await look(address, `${address.slice(0, -1)}${path}`, { headers })).body).toBe(path);
  });

  test("can send nobody into the app, and what is no web page is told as that", async () => {
    const see = async (path: string) => {
      const { status, body } = await look(address, path, { headers: { ...headers, accept: "text/html" } });
      return [status, /<h1>(.*?)<\/h1>/.exec(body)?.[1]];
    };
    for (const to of [app, `${app}/profile`, app.replace("http:", "")])
      expect(await see(`/into?${new URLSearchParams({ to })}`)).toEqual([403, "This page leads to GrowQR itself"]);
    expect((await see("/into?to=https://example.com/"))[0]).toBe(302);
    expect(await see("/raw")).toEqual([502, "This can't be shown"]);
    const large = { ...headers, "x-large": "a".repeat(17_000) };
    expect((await look(address, "/said", { headers: large })).status).toBe(413);
    const larger = { ...headers, "x-large": "a".repeat(1_000_000) };
    expect([413, 431]).toContain(
      await look(address, "/said", { headers: larger }).then(
        ({ status }) => status,
        () => 431,
      ),
    );
    expect((await look(address, "/said", { headers })).status).toBe(200);
  });

  test("may be framed by the app and by nobody else, and tells it of errors when it is", async () => {
    const framed = await look(address, "/", { headers: { ...headers, "sec-fetch-dest": "iframe", accept: "text/html" } });
    expect(framed.headers["x-frame-options"]).toBeUndefined();
    expect(framed.headers["content-security-policy"]).toBe(`frame-ancestors 'self' ${app}`);
    expect(framed.body).toContain('<head><script src="/.growqr/watch.js"></script>');
    expect((await look(address, "/", { headers })).body).not.toContain("growqr");
    const watched = '<script src="/.growqr/watch.js"></script>';
    for (const [written, sent] of [
      ["<!doctype html>\n<title>A</title><h1>A</h1>", `<!doctype html>\n${watched}<title>A</title><h1>A</h1>`], // the browser adds what is left out
      ["<html lang=en><!-- a --><body><p>A", `<html lang=en><!-- a --><body>${watched}<p>A`],
      ["<h1>A</h1><p>B", `${watched}<h1>A</h1><p>B`],
      ["only words", `only words${watched}`],
    ] as const) {
      const where = `/written?html=${encodeURIComponent(written)}`;
      expect((await look(address, where, { headers: { ...headers, "sec-fetch-dest": "iframe" } })).body).toBe(sent);
    }
    const script = await look(address, "/.growqr/watch.js", { headers });
    expect(script.headers["content-type"]).toContain("text/javascript");
    expect(script.body).toContain(app);
  });

  test("shows nothing of the app, its API or another member's, and is not another's to enter", async () => {
    for (const path of ["/me", "/health", "/openapi.json", "/config"])
      expect((await look(address, path, { headers })).body).toBe("no such page");
    const stranger = await Promise.all([
      bob.call("GET", `/previews/${preview}`),
      bob.call("POST", `/previews/${preview}/entry`, {}),
      bob.call("POST", `/previews/${preview}/token`),
      bob.call("GET", `/previews/${preview}/shares`),
      bob.call("DELETE", `/previews/${preview}`),
    ]);
    expect(stranger.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    const other = new URL(address);
    other.hostname = other.hostname.replace(/^./, (letter) => (letter === "0" ? "1" : "0"));
    expect((await look(other.href, "/said", { headers })).status).toBe(401);
    other.hostname = `www.${other.hostname.split(".").slice(1).join(".")}`;
    expect((await look(other.href, "/me")).status).toBe(404);
  });

  test("is seen by whoever has a link, until the link is revoked", async () => {
    expect((await ada.call("POST", `/previews/${preview}/shares`, { hours: 0 })).status).toBe(400);
    const { share, url } = shareMade.parse((await ada.call("POST", `/previews/${preview}/shares`, { hours: 24 })).body);
    const guest = { cookie: cookie(await look(url, url)) };
    expect((await look(address, "/said", { headers: guest })).status).toBe(200);
    const planted = { cookie: `growqr_preview=planted; ${guest.cookie}; growqr_preview=${"x".repeat(400)}` };
    expect((await look(address, "/said", { headers: planted })).status).toBe(200); // a page beside it locks nobody out
    const [mine, theirs] = [await openSocket(address, "/hot", headers), await openSocket(address, "/hot", guest)];
    const long = await hold(address, "/slow", guest);
    const listed = async () => sharesOut.parse((await ada.call("GET", `/previews/${preview}/shares`)).body).shares;
    expect(await listed()).toEqual([{ ...share, url }]); // it can be copied again
    expect((await ada.call("DELETE", `/previews/${preview}/shares/${share.id}`)).status).toBe(200);
    expect((await look(address, "/said", { headers: guest })).status).toBe(401);
    await theirs.ended;
    expect(await long.ended).toBe("cut");
    const again = await look(url, url, { headers: { accept: "text/html" } });
    expect([again.status, again.body]).toEqual([401, expect.stringContaining("This link has ended")]);
    expect(await listed()).toEqual([]);
    expect(await Promise.race([mine.ended, look(address, "/said", { headers }).then(() => "open")])).toBe("open");
  });

  test("is seen no more by a browser that signs out, and neither is its terminal, while the member's others go on", async () => {
    const elsewhere = await person(product, "preview@example.com");
    const pass = previewTokenOut.parse((await elsewhere.call("POST", `/previews/${preview}/token`)).body);
    const { url } = previewEntryOut.parse((await elsewhere.call("POST", `/previews/${preview}/entry`, { path: "/" })).body);
    const entered = { cookie: cookie(await look(url, url)) };
    const unused = previewEntryOut.parse((await elsewhere.call("POST", `/previews/${preview}/entry`, { path: "/" })).body);
    const [byToken, byCookie] = [await openSocket(address, "/hot", { [pass.header]: pass.token }), await hold(address, "/slow", entered)];
    const saved = downloadOut.parse((await elsewhere.call("POST", "/git/downloads", { repo: "growqr/memory" })).body).url;
    const mine = await openSocket(address, "/hot", headers);
    const [terminal, other] = [await openTerminal(elsewhere), await openTerminal(ada)];
    await elsewhere.signOut();
    await Promise.all([byToken.ended, byCookie.ended, once(terminal, "close")]);
    expect(await byCookie.ended).toBe("cut");
    for (const [where, given] of [
      ["/said", entered],
      ["/said", { [pass.header]: pass.token }],
    ] as const)
      await expect.poll(async () => (await look(address, where, { headers: given })).status).toBe(401);
    for (const url of [unused.url, saved]) expect((await look(url, url)).status).toBe(401);
    expect(other.readyState).toBe(WebSocket.OPEN);
    other.close();
    expect(await Promise.race([mine.ended, look(address, "/said", { headers }).then(({ status }) => status)])).toBe(200);
  });

  test("offers a port by itself when a program begins to listen, and refuses one that is another program's", async () => {
    const turn = await say(bash("node server.mjs 5180 >other.log 2>&1 & node wait.mjs 5180; sleep 3; cat other.log"));
    await events.wait("preview.offered", ({ body }) => body.port === 5_180, 60_000);
    await over(turn);
    const shown = previewOut.parse((await ada.call("POST", "/previews", { agent: actor, port: 5_180 })).body);
    expect(shown.preview).toMatchObject({ title: "Port 5180", state: "open" });
    for (const [number, status] of [
      [4_100, 409], // the agent's own server
      [5_999, 409],
      [80, 400],
    ] as const)
      expect((await ada.call("POST", "/previews", { agent: actor, port: number })).status).toBe(status);
    expect((await bob.call("POST", "/previews", { agent: actor, port: 5_180 })).status).toBe(404); // another member's
    const { address: there, header, token } = previewTokenOut.parse((await ada.call("POST", `/previews/${shown.preview.id}/token`)).body);
    const open = await openSocket(there, "/hot", { [header]: token });
    expect((await ada.call("DELETE", `/previews/${shown.preview.id}`)).status).toBe(200);
    await open.ended; // its program runs on
    await expect(openSocket(there, "/hot", { [header]: token })).rejects.toThrow("answered 404"); // at once, not within a minute
  });

  test("says so when its program has ended, and opens nothing once it is closed", async () => {
    await look(address, "/end", { headers });
    await expect
      .poll(() => look(address, "/", { headers: { ...headers, accept: "text/html" } }))
      .toMatchObject({ status: 409, body: expect.stringContaining("Nothing answers here yet") });
    expect((await ada.call("DELETE", `/previews/${preview}`)).status).toBe(200);
    expect((await ada.call("DELETE", `/previews/${preview}`)).status).toBe(200); // a second time
    expect((await ada.call("POST", `/previews/${preview}/entry`, {})).status).toBe(404);
  });
});

describe("pages that an agent pushes", () => {
  test("are shown by themselves, with their folders and files, at the newest commit", async () => {
    const mine = `agent/${actor}/pages`;
    const clone = [
      { tool: "platform_open_project", args: { name: "bakery" } },
      bash(`git clone -q http://gitea:3000/projects/bakery.git bakery && cd bakery && git checkout -q -b ${mine}`),
    ];
    const push = bash("cd bakery && git add -A && git commit -qm pages && git push -q -u origin HEAD && echo pushed");
    const turn = await say(
      ...clone,
      write("bakery/site/index.html", "<!doctype html><head></head><h1>Bread</h1><link rel=stylesheet href=style.css>"),
      write("bakery/site/style.css", "h1 { color: brown }"),
      write("bakery/site/about/index.html", "<h1>About us</h1>"),
      write("bakery/site/hours.html", "<h1>Hours</h1>"),
      push,
    );
    const { body } = await events.wait("preview.state", (event) => event.body.turnId === turn, 60_000);
    expect(body).toMatchObject({ title: "bakery", source: { kind: "pages", repo: "projects/bakery", branch: mine, folder: "site" } });
    preview = body.previewId;
    const given = await entry();
    const token = { cookie: cookie(await look(given.url, given.url)) };
    const see = async (path: string) => {
      const { status, headers: told, body: page } = await look(given.address, path, { headers: token });
      return [status, String(told["content-type"] ?? told.location), page];
    };
    expect(await see("/")).toEqual([200, "text/html; charset=utf-8", expect.stringContaining("Bread")]);
    expect(await see("/style.css")).toEqual([200, "text/css; charset=utf-8", "h1 { color: brown }"]);
    expect(await see("/about")).toEqual([307, "/about/", ""]);
    expect(await see("/about/")).toEqual([200, "text/html; charset=utf-8", "<h1>About us</h1>"]);
    expect(await see("/hours")).toEqual([200, "text/html; charset=utf-8", "<h1>Hours</h1>"]);
    for (const path of ["/nothing", "/..%2fREADME.md", "/../README.md", "/.git/config", "/%2e%2e/README.md", "/a%00b", "/%ff"])
      expect((await see(path))[0]).toBe(404);
    expect((await look(given.address, "/", { method: "POST", headers: token })).status).toBe(405);
    const download = (query: Record<string, string>) =>
      ada.call("GET", `/git/download?${new URLSearchParams({ repo: "projects/bakery", ...query })}`);
    const zip = await download({ ref: mine });
    expect([zip.status, zip.headers.get("content-disposition")]).toEqual([200, "attachment; filename*=UTF-8''bakery-pages.zip"]);
    expect(String(zip.body).slice(0, 2)).toBe("PK");
    const folder = await download({ ref: mine, folder: "site/about" });
    expect([folder.status, folder.headers.get("content-disposition")]).toEqual([
      200,
      "attachment; filename*=UTF-8''bakery-about-pages.zip",
    ]);
    expect([String(folder.body).includes("site/about/index.html"), String(folder.body).includes("hours.html")]).toEqual([true, false]);
    const file = await download({ ref: mine, path: "site/style.css" });
    expect([file.body, file.headers.get("content-type"), file.headers.get("content-security-policy")]).toEqual([
      "h1 { color: brown }",
      "application/octet-stream",
      "sandbox; default-src 'none'",
    ]);
    const refused = [
      { ref: mine, path: "none.css" },
      { ref: "none" },
      { ref: mine, path: "../x" },
      { ref: mine, folder: "none" },
      { ref: mine, folder: "site/style.css/" },
      { ref: mine, folder: "site", path: "site/style.css" },
      { repo: "other/bakery" },
      { ref: "a..b" },
    ];
    const answers = await Promise.all(refused.map(async (query) => (await download(query as Record<string, string>)).status));
    expect(answers).toEqual([404, 404, 400, 404, 400, 400, 400, 400]);
    expect((await bob.call("GET", "/git/download?repo=projects/bakery")).status).toBe(404);
    const address = async (asked: object) => {
      const { status, body: made } = await ada.call("POST", "/git/downloads", { repo: "projects/bakery", ref: mine, ...asked });
      return status === 201 ? downloadOut.parse(made) : status;
    };
    const saved = await address({ path: "site/style.css" });
    if (typeof saved === "number") throw new Error(`answered ${saved}`);
    const bytes = await fetch(saved.url); // a browser that saves a file sends no session
    expect([bytes.status, await bytes.text(), saved.name]).toEqual([200, "h1 { color: brown }", "style.css"]);
    const whole = await address({});
    expect(typeof whole === "number" ? whole : [(await fetch(whole.url)).status, whole.name]).toEqual([
      200,
      expect.stringMatching(/\.zip$/),
    ]);
    expect((await fetch(saved.url.replace(/ticket=../, "ticket=xx"))).status).toBe(401);
    expect((await fetch(saved.url.split("?")[0]!)).status).toBe(400);
    expect(await Promise.all([address({ path: "none.css" }), address({ ref: "none" }), address({ folder: "none" })])).toEqual([
      404, 404, 404,
    ]);
    expect((await bob.call("POST", "/git/downloads", { repo: "projects/bakery" })).status).toBe(404);
    const changed = await say(write("bakery/site/index.html", "<h1>Fresh bread</h1>"), push);
    await events.wait("preview.state", (event) => event.body.turnId === changed && event.body.previewId === preview, 60_000);
    expect((await see("/"))[2]).toBe("<h1>Fresh bread</h1>");
  });
});
