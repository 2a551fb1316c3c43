import { ulid } from "ulid";
import { z } from "zod";

/** Every public id is a prefix, an underscore and a ULID: `mem_01J…`. The prefix is the noun. */
export const prefixes = [
  "mem",
  "agt",
  "stk",
  "hst",
  "rnr",
  "chn",
  "msg",
  "trn",
  "tsk",
  "pln",
  "fea",
  "prj",
  "rep",
  "wsp",
  "ses",
  "apr",
  "rct",
  "art",
  "qst",
  "gol",
  "prp",
  "req",
  "jtk",
  "evt",
  "wrk",
  "usg",
  "out",
  "dev",
  "gtk",
  "pvw",
  "pvs",
  "trm",
  "rel",
  "inc",
  "dom",
  "adt",
  "cmd",
  "exp",
  "pat",
] as const;
export type Prefix = (typeof prefixes)[number];
export type Id<P extends Prefix> = `${P}_${string}`;

const body = "[0-9A-HJKMNP-TV-Z]{26}";

function makeShape<P extends Prefix>(prefix: P) {
  const must = `must be a ${prefix}_ id`;
  return z.string(must).regex(new RegExp(`^${prefix}_${body}$`), must) as unknown as z.ZodType<Id<P>, Id<P>>; // a text that has passed is one
}
const shapes = new Map<Prefix, unknown>();
/**
 * A zod shape for one kind of id, made once: many calls look at one. Ids with separators, other prefixes or
 * other lengths are refused.
 */
export function id<P extends Prefix>(prefix: P): z.ZodType<Id<P>, Id<P>> {
  const shape = (shapes.get(prefix) as ReturnType<typeof makeShape<P>> | undefined) ?? makeShape(prefix);
  shapes.set(prefix, shape);
  return shape;
}

const drawn = new Uint8Array(1_024); // for 64 ids: drawn letter by letter it is nearly all that an id costs
let left = 0;
function random(): number {
  if (left === 0) left = crypto.getRandomValues(drawn).length;
  left -= 1;
  return drawn[left]! / 256;
}
/** A new id; ids made later sort later. `now` is milliseconds since 1970. */
export function newId<P extends Prefix>(prefix: P, now?: number): Id<P> {
  return `${prefix}_${ulid(now, random)}`;
}

/**
 * The id that always belongs to `of`: same ULID, another prefix (a stack's workspace, an agent's channel).
 */
export function siblingId<P extends Prefix>(prefix: P, from: Id<Prefix>): Id<P> {
  return `${prefix}_${from.slice(from.indexOf("_") + 1)}`;
}

/** What a device calls a message of its member's: it is taken once, however often it is sent. */
export const clientId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, "8 to 64 of A-Z a-z 0-9 _ -");
