import { quote, runAsAgent, writeFilesLine } from "../../clean-room.ts";
import { person } from "../setup/setup-author.ts";

const reports = "/opt/growqr/checks/reports";
const guarded = `GUARDED_RUN=1 NODE_OPTIONS=--import=${reports}/runners.mjs PYTHONPATH=${reports}`;
let count = 0;
/** Whether this line passes beside the work, freely and guarded. */
export async function judge(path: string, text: string, line: string): Promise<{ freely: boolean; guarded: boolean; said: string }> {
  const begin = `mkdir guard-${count} && cd guard-${count++} && ${writeFilesLine({ [path]: text })}`;
  const { out, err } = await runAsAgent(
    person,
    `${begin} && { ${line}; echo freely $?; ${guarded} sh -c ${quote(line)}; echo guarded $?; }`,
  );
  return { freely: out.includes("freely 0"), guarded: out.includes("guarded 0"), said: `${out}${err}`.slice(-1_500) };
}
/** A judge in Python. */
export const python = (text: string): string => `python3 -c ${quote(text)}`;
