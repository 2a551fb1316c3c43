import { existsSync, readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { openNotes, readNote } from "./notes.mjs";

const here = (name) => new URL(name, import.meta.url);
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Guest book</title>
    <link rel="stylesheet" href="/style.css">
  </head>
  <body>
    <main>
      <h1>Guest book</h1>
      <form>
        <label for="text">Your note</label>
        <textarea id="text" name="text" rows="3" maxlength="500" required></textarea>
        <button>Leave it</button>
        <p role="status"></p>
      </form>
      <ul id="notes" aria-label="Notes"></ul>
    </main>
    <script src="/page.js" defer></script>
  </body>
</html>
`;

export function makeApp(notes) {
  const app = new Hono();
  app.get("/", (c) => c.html(page));
  app.get("/style.css", (c) => c.body(readFileSync(here("src/style.css")), 200, { "content-type": "text/css" }));
  app.get("/page.js", (c) => c.body(readFileSync(here("dist/page.js")), 200, { "content-type": "text/javascript" }));
  app.get("/api/notes", (c) => c.json({ notes: notes.list() }));
  app.post("/api/notes", async (c) => {
    const text = readNote((await c.req.json().catch(() => ({})))?.text);
    return text === undefined ? c.json({ error: "A note has 1 to 500 characters." }, 400) : c.json({ id: notes.add(text) }, 201);
  });
  app.delete("/api/notes/:id", (c) =>
    notes.remove(Number(c.req.param("id"))) ? c.body(null, 204) : c.json({ error: "There is no such note." }, 404),
  );
  return app;
}

if (process.argv[1] === here("server.mjs").pathname) {
  const port = Number(process.env.PORT ?? 8080);
  serve({ fetch: makeApp(openNotes(existsSync("/data") ? "/data/notes.sqlite" : undefined)).fetch, port }, () =>
    console.log(`Listening on ${port}`),
  );
}
