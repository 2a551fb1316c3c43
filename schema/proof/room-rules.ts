import { z } from "zod";
import { commitHash } from "../task/task-command.ts";
import { startOfText } from "../wire/foreign-text.ts";

/**
 * What a clean room held to while it proved a commit, by name: of each, what it means. A receipt of format 2
 * names those that took effect for it. A name keeps its meaning; what is stricter later gets another.
 */
export const roomRules = {
  "base-and-outputs": "Beside its declared outputs the work brought nothing: all else is as it was before.",
  "merge-and-outputs":
    "It is what Git makes of the merge; beside that the work brought its declared outputs and what the member decided, and nothing else.",
  "setup-from-base": "Packages were installed by what the project said before the work, and none of its own scripts ran for it.",
  "setup-agreed":
    "Packages were installed by the project's own files or commands; of these the work changed only what the member had agreed to.",
  "fresh-copies": "Each check began with a fresh copy of the project, and found nothing that another had left.",
  "kept-apart":
    "What was there before, tests and packages belonged to another user than what ran in the checks; where a check writes in them, that was tried apart.",
  "member-agreed": "What settles how the work is checked was changed only where the member had agreed.",
  "two-places":
    "The checks agreed in two places: one that is as foreign to a workspace as a stranger's machine, and one that is in all like it.",
  "later-day": "The checks agreed once more on a later day.",
  "fewer-processors": "That day they had one processor less than the machine.",
  "judges-unbent":
    "In a run in which the work could neither end the programs of Node and Python that judge it nor bend what they use, the checks agreed.",
  "made-as-it-ran": "No script or setting that a check made in the project as it ran was what it passed by.",
  "tests-reported":
    "Runners that report said by name which tests ran: none was left out or missing that had run before, but for files that the work changed.",
  "false-tests": "Tests that are plainly false were laid among the others, and no run passed with them.",
  "work-taken-out": "Parts of the work were taken out, and the checks were to notice.",
} as const;
export type RoomRule = keyof typeof roomRules;
/** A rule's name. Those who read a receipt may be older than the room that it is from. */
export const ruleName = z.string().regex(/^[a-z][a-z-]{1,59}$/);
export const ruleNames = z.array(ruleName).min(1).max(40);

/**
 * A file that settles how the work is checked, as the work has changed it: with the member's word. Without
 * `digest` it was removed. `changes`: what that means for a list of packages, in words. `shown`: the member
 * saw the change itself before the yes, and not its name alone.
 */
export const agreedFile = z.strictObject({
  name: z.string().min(1).max(400),
  mode: z
    .string()
    .regex(/^\d{6}$/)
    .optional(),
  digest: z.strictObject({ gitBlob: commitHash }).optional(),
  changes: z.array(z.string().max(300)).max(5).optional(),
  shown: z.literal(true).optional(),
});
export type AgreedFile = z.infer<typeof agreedFile>;
const mostAgreed = 60;
const mostAgreedBytes = 16_384;
/** `more`: how many others there are. */
export const agreedFiles = z.strictObject({ files: z.array(agreedFile).max(mostAgreed), more: z.number().int().nonnegative() });
export type AgreedFiles = z.infer<typeof agreedFiles>;

const countBytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
/**
 * As many as a receipt holds, from the front: what changed in them goes before they do. One without a name
 * that a receipt can hold is counted.
 */
export function limitAgreed(files: readonly (AgreedFile | undefined)[]): AgreedFiles {
  const kept: AgreedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (!file || kept.length === mostAgreed) continue;
    const { changes: _changes, ...bare } = file;
    const fits = [file, bare].find((each) => bytes + countBytes(each) <= mostAgreedBytes);
    if (!fits) continue;
    kept.push(fits);
    bytes += countBytes(fits);
  }
  return { files: kept, more: files.length - kept.length };
}
/**
 * `hash`: mode and Git's hash of the file at the commit, "" where it is gone. Undefined where a receipt can't
 * name it.
 */
export function toAgreedFile(path: string, hash: string, { changes = [], shown = false }: AgreedHow = {}): AgreedFile | undefined {
  const [mode, gitBlob] = hash.split(" ");
  const said = changes.slice(0, 5).map((line) => (line.length <= 300 ? line : `${startOfText(line, 299)}…`));
  const file = { name: path, ...(gitBlob ? { mode, digest: { gitBlob } } : {}), ...(said.length > 0 ? { changes: said } : {}) };
  return agreedFile.safeParse({ ...file, ...(shown ? { shown } : {}) }).data;
}
type AgreedHow = { changes?: readonly string[] | undefined; shown?: boolean };
