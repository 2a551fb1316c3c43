import { z } from "zod";
import { effectKey } from "../approval/effect.ts";
import { coveredShape } from "../proof/coverage.ts";
import { id } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import { errorClasses } from "../work.ts";

export const commitHash = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, "must be a commit hash");
/** So many files or folders an agent may name beside the outputs of its task. */
export const mostDeclared = 50;
const by = { worker: id("agt"), run: z.number().int() };
const reason = z.string().min(1).max(1_000);

/** Everything that can happen to a task. What an agent says carries its own id and the run it was given. */
export const taskCommand = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("assign"), worker: id("agt") }),
  z.strictObject({ kind: z.literal("start"), ...by }),
  z.strictObject({ kind: z.literal("ask"), ...by, approval: id("apr") }),
  /** `goesOn: false` when the work can't continue without what was refused. */
  z.strictObject({
    kind: z.literal("answer"),
    approval: id("apr"),
    outcome: z.enum(["allowed", "denied", "expired", "withdrawn"]),
    goesOn: z.boolean(),
    /** What was asked, in a few words. */
    about: reason.optional(),
  }),
  /** The member said no: it holds for these effects, and the note is part of the task. */
  z.strictObject({
    kind: z.literal("decline"),
    approval: id("apr"),
    effects: z.array(effectKey).min(1).max(20),
    note: z.string().max(2_000).optional(),
    unanswered: z.literal(true).optional(),
  }),
  /** Files of the commit beside the outputs of the spec. */
  z.strictObject({ kind: z.literal("declare"), outputs: z.array(innerPath).max(mostDeclared) }),
  /** The member has made it themselves, on top of `main` as it stood at `base`. */
  z.strictObject({ kind: z.literal("hand_in"), commit: commitHash, base: commitHash }),
  /** What the member made themselves has come to `main`. */
  z.strictObject({ kind: z.literal("adopt"), commit: commitHash }),
  /** It does not fit `main` any more. */
  z.strictObject({ kind: z.literal("conflict"), reason }),
  z.strictObject({ kind: z.literal("pause"), reason }),
  z.strictObject({ kind: z.literal("resume") }),
  z.strictObject({ kind: z.literal("complete"), ...by, commit: commitHash }),
  z.strictObject({ kind: z.literal("give_up"), ...by, reason }),
  z.strictObject({ kind: z.literal("verify_passed"), commit: commitHash, covered: coveredShape.optional() }),
  z.strictObject({ kind: z.literal("verify_failed"), commit: commitHash, reason }),
  z.strictObject({ kind: z.literal("commit"), commit: commitHash }),
  z.strictObject({ kind: z.literal("error"), class: z.enum(errorClasses), reason }),
  /** What its proof waits for is away, or is back; `detail`: what is being done there, in words. */
  z.strictObject({ kind: z.literal("machine"), away: z.boolean(), detail: z.string().max(400).optional() }),
  /** There is no room to start its agent's server: why not, in words; without them there is room again. */
  z.strictObject({ kind: z.literal("room"), lacks: z.string().min(1).max(400).optional() }),
  z.strictObject({ kind: z.literal("due") }),
  z.strictObject({ kind: z.literal("deploy"), commit: commitHash }),
  z.strictObject({ kind: z.literal("roll_back"), reason }),
  z.strictObject({ kind: z.literal("retry") }),
  /** What came after it has found something wrong: it is done again, a few times at most. */
  z.strictObject({ kind: z.literal("send_back"), reason }),
  /** Another agent takes over; nothing is held against the task. */
  z.strictObject({ kind: z.literal("reassign"), reason }),
  z.strictObject({ kind: z.literal("cancel"), reason }),
]);
export type TaskCommand = z.infer<typeof taskCommand>;
export type TaskCommandKind = TaskCommand["kind"];
export type TaskCommandOf<K extends TaskCommandKind> = Extract<TaskCommand, { kind: K }>;
