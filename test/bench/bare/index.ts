import { createClient } from "@libsql/client/web";
import { Hono } from "hono";

/** Hono alone in workerd before the same libSQL server: one row read, one written, for anybody. */
type Bare = { Bindings: { LIBSQL_URL: string; LIBSQL_TOKEN: string } };
const open = ({ LIBSQL_URL, LIBSQL_TOKEN }: Bare["Bindings"]) => createClient({ url: LIBSQL_URL, authToken: LIBSQL_TOKEN });

export default new Hono<Bare>()
  .get("/health", (c) => c.json({ ok: true }))
  .get("/row", async (c) => {
    const { rows } = await open(c.env).execute({ sql: "SELECT * FROM git_token WHERE member = ?", args: ["nobody"] });
    return c.json({ tokens: rows });
  })
  .post("/row", async (c) => {
    const { text } = await c.req.json<{ text: string }>();
    await open(c.env).execute({ sql: "INSERT INTO bench_row (id, text) VALUES (?, ?)", args: [crypto.randomUUID(), text] });
    return c.json({ text });
  });
