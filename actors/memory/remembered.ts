import { and, desc, eq, isNotNull, like, notLike, or } from "drizzle-orm";
import type { z } from "zod";
import type { rememberedOut } from "../../schema/memory/memory-api.ts";
import { memoryFileTable } from "../../schema/memory/memory-file.table.ts";
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
    .where(and(isNotNull(memoryFileTable.content), or(eq(memoryFileTable.path, ownProfile), like(memoryFileTable.path, "profile/%"))))
    .orderBy(desc(eq(memoryFileTable.path, ownProfile)), desc(memoryFileTable.at), memoryFileTable.path)
    .limit(mostFacts);
  const decisions = await db
    .select()
    .from(memoryFileTable)
    .where(and(like(memoryFileTable.path, "decisions/%"), notLike(memoryFileTable.path, "%/README.md")))
    .orderBy(desc(memoryFileTable.at), desc(memoryFileTable.path))
    .limit(mostDecisions);
  return {
    facts: facts.map(({ path, title, content, at }) => ({ path, title, at, text: cutText(withoutTitle(content ?? ""), mostText) })),
    decisions: decisions.map(({ path, title, at }) => ({ path, title, at })),
  };
}
const withoutTitle = (text: string) => text.replace(/^\s*#[^\n]*\n+/, "").trim();
