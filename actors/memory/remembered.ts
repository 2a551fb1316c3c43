import { and, desc, eq, isNotNull, not, or } from "drizzle-orm";
import type { z } from "zod";
import type { rememberedOut } from "../../schema/memory/memory-api.ts";
import { memoryFileTable } from "../../schema/memory/memory-file.table.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import { cutText } from "../../schema/wire/cut-text.ts";
import type { Db } from "../kernel/tables.ts";

const ownProfile = "profile.md";
const mostFacts = 60;
const mostDecisions = 30;
/** Characters of a fact; its file has the rest. */
const mostText = 600;

/** Action `remembered`, from the cache: it can be read while the stack sleeps. */
export async function listRemembered(db: Db): Promise<z.infer<typeof rememberedOut>> {
  const facts = await db
    .select()
    .from(memoryFileTable)
    .where(and(isNotNull(memoryFileTable.content), or(eq(memoryFileTable.path, ownProfile), likeSealed(memoryFileTable.path, "profile/%"))))
    .orderBy(desc(eq(memoryFileTable.path, ownProfile)), desc(memoryFileTable.at))
    .limit(mostFacts);
  const { path, title, at } = memoryFileTable;
  const decided = await db
    .select({ path, title, at })
    .from(memoryFileTable)
    .where(and(likeSealed(path, "decisions/%"), not(likeSealed(path, "%/README.md"))));
  const decisions = decided.sort((a, b) => b.at - a.at || (a.path < b.path ? 1 : -1)).slice(0, mostDecisions); // SQLite knows sealed paths only
  return {
    facts: facts.map(({ path, title, content, at }) => ({ path, title, at, text: cutText(withoutTitle(content ?? ""), mostText) })),
    decisions,
  };
}
const withoutTitle = (text: string) => text.replace(/^\s*#[^\n]*\n+/, "").trim();
