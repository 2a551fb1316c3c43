import { like, type SQL, sql } from "drizzle-orm";
import { customType, type SQLiteColumn } from "drizzle-orm/sqlite-core";

/**
 * Columns of an actor whose values are sealed with its member's key before SQLite sees them, since the engine
 * keeps what was deleted (actors/README.md, "Sealed"). A column marks what it is given; the actor's database
 * seals what is marked (actors/kernel/sealed-database.ts). The same value is sealed to the same text, so that
 * `=`, `in`, joins, unique indexes and grouping work as ever; an order, `like` and `json_extract` do not.
 */
const mark = "\0"; // mended texts never hold it, and SQLite is never given it
/** What stands in SQLite around a sealed value: neither base64url nor what JSON escapes. */
export const sealOpen = "⟦";
export const sealClose = "⟧";

/** Names nobody: an id of ours, a number, a commit, and what stands for the rest. */
const plainPart = /^(?:[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}|\d{1,6}|[0-9a-f]{40}|[%~]|)$/;
/** The one kind of key that a query makes of an id: `'asked:' || "approval"."id"`. */
const plainKind = "asked";
/** Folders of the memory repository that are the product's own names. */
const memoryFolders: ReadonlySet<string> = new Set(["decisions", "goals", "patterns", "profile"]);
/** Fields of an event's body that queries may look into: what names nobody there stays as it is. */
const plainFields = [
  "planId",
  "questId",
  "proposalId",
  "id",
  "taskId",
  "commandId",
  "projectId",
  "commit",
  "published",
  "state",
  "repository",
] as const;
export type PlainField = (typeof plainFields)[number];
const plainWords: ReadonlySet<unknown> = new Set(["done", "archive", true, false]);

/** A text. An empty one stays as it is. */
export const sealedText = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: (text) => (text === "" ? text : `${mark}t${text}`),
  fromDriver: (text) => text,
});
/**
 * A key of parts with `:` between them: ids and numbers stay. A `like` whose `%` is a part of its own finds
 * what it found, `deploy:<project>:%`; so does a range up to `commit:<repo>:~`.
 */
export const sealedKey = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: (key) => markParts(":", key, (part) => plainPart.test(part) || part === plainKind),
  fromDriver: (key) => key,
});
/** The path of a file in memory: a folder that each memory has stays in front, for `like "goals/%"`. */
export const sealedPath = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: (path) => markParts("/", path, (part, at) => part === "%" || part === "" || (at === 0 && memoryFolders.has(part))),
  fromDriver: (path) => path,
});
/** JSON of any shape. */
export const sealedJson = customType<{ data: unknown; driverData: string }>({
  dataType: () => "text",
  toDriver: (value) => markJson(JSON.stringify(value)),
  fromDriver: (text): unknown => JSON.parse(text),
});
/** An event's body: JSON in which ids, and how something stands, can be asked for by `json_extract`. */
export const sealedBody = customType<{ data: unknown; driverData: string }>({
  dataType: () => "text",
  toDriver: (body) => {
    const plain = JSON.stringify(plainOf(body));
    return `${mark}b${plain.length}:${plain}${JSON.stringify(body)}`;
  },
  fromDriver: (text): unknown => JSON.parse(text),
});
export const isSealedColumn = (column: SQLiteColumn): boolean => column.columnType === "SQLiteCustomColumn";

/** `like`, whose pattern is sealed as the column is; Drizzle's own takes it as it stands. */
export const likeSealed = (column: SQLiteColumn, pattern: string): SQL => like(column, sql.param(pattern, column));

const markJson = (json: string) => (json.length <= 2 ? json : `${mark}t${json}`);
function markParts(between: string, text: string, stays: (part: string, at: number) => boolean): string {
  const parts = text
    .replaceAll(mark, "\ufffd")
    .split(between)
    .map((part, at) => (stays(part, at) ? part : `${mark}${part}${mark}`));
  const marked = parts.join(between);
  return marked === text ? text : `${mark}p${marked}`;
}
function plainOf(body: unknown): Record<string, unknown> {
  const fields = new Map(Object.entries(Object(body) as object));
  const named = plainFields.map((name) => [name, fields.get(name)] as const);
  return Object.fromEntries(
    named.filter(([, value]) => plainWords.has(value) || (typeof value === "string" && value.length > 6 && plainPart.test(value))),
  );
}

/** What SQLite is given for a value that a column has marked; any other stays as it is. */
export function sealMarked(value: string, seal: (text: string) => string): string {
  if (!value.startsWith(mark)) return value;
  const rest = value.slice(2);
  if (value[1] === "t") return seal(rest);
  if (value[1] === "p")
    return rest
      .split(mark)
      .map((part, at) => (at % 2 === 1 ? seal(part) : part))
      .join("");
  const split = rest.indexOf(":");
  const begin = split + 1 + Number(rest.slice(0, split));
  const plain = rest.slice(split + 1, begin);
  return `{"sealed":"${seal(rest.slice(begin))}"${plain === "{}" ? "}" : `,${plain.slice(1)}`}`;
}
export const isMarked = (value: unknown): value is string => typeof value === "string" && value.startsWith(mark);

const sealedParts = new RegExp(`${sealOpen}[\\w-]{38,}${sealClose}`, "g"); // shorter than a nonce and a tag: somebody's text
const sealedBodies = new RegExp(`^\\{"sealed":"(${sealOpen}[\\w-]{38,}${sealClose})"`);
export const isSealed = (value: unknown): value is string => typeof value === "string" && value.includes(sealOpen);
/** What a value of SQLite was before it was sealed. */
export function openSealedValue(value: string, open: (sealed: string) => string): string {
  const [, body] = sealedBodies.exec(value) ?? [];
  return body === undefined ? value.replace(sealedParts, open) : open(body);
}
