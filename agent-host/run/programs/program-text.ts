import { isUtf8 } from "node:buffer";
import { type CleanRoom, mustExecInRoom, roomUsers } from "../room/run-room.ts";
import { type CommitFacts, makeGitEnvironment } from "../run-clone.ts";
import { hasTypes } from "./function-bodies.ts";
import { stripTypes } from "./strip-types.ts";

/** A program that is larger is not looked into. */
const programBytes = 128 * 1024;
/** `plain`: the text with blanks for types. Without it nothing can be found in a program with types. */
export type ProgramText = { text: string; executable: boolean; plain?: string };

const textsScript = `cd "$1"; commit=$2; shift 2
for path in "$@"; do
  size=$(git cat-file -s "$commit:$path" 2>/dev/null) && [ "$size" -le ${programBytes} ] && git cat-file blob "$commit:$path" | base64 -w0
  echo
done`;
/** Programs of the commit that can be read as text, by their paths. */
export async function readTextsAt(
  room: CleanRoom,
  commit: string,
  known: CommitFacts,
  paths: readonly string[],
): Promise<Map<string, ProgramText>> {
  if (paths.length === 0) return new Map();
  const out = await mustExecInRoom(room, {
    cmd: ["bash", "-c", textsScript, "texts", room.source, commit, ...paths],
    uid: roomUsers.clone,
    env: makeGitEnvironment(),
    ms: 60_000,
  });
  const texts = new Map<string, ProgramText>();
  for (const [index, line] of out.split("\n").slice(0, paths.length).entries()) {
    const [path = "", bytes] = [paths[index], Buffer.from(line, "base64")];
    if (line !== "" && isUtf8(bytes) && !bytes.includes(0))
      texts.set(path, { text: bytes.toString("utf8"), executable: known.entries.get(path)?.mode === "100755" });
  }
  const typed = [...texts].filter(([path]) => hasTypes(path));
  const plain = await stripTypes(typed.map(([, { text }]) => text));
  for (const [index, [, program]] of typed.entries()) {
    const stripped = plain[index];
    if (stripped !== undefined) program.plain = stripped;
  }
  return texts;
}
