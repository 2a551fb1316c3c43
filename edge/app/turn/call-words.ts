import type { ToolView } from "../../../schema/event.ts";
import { hideIds } from "../ui/plain-words.ts";

/**
 * What an agent does just now, in one line for somebody who reads no commands: what a command is for, where
 * its agent has said so. The command itself stands in the folded line of the call.
 */
export function describeCallNow({ tool, verb, target, command }: Pick<ToolView, "tool" | "verb" | "target" | "command">): string {
  if (tool === "bash" && command === undefined) return "Runs a command";
  const whole = tool === "bash" && /^\p{Lu}/u.test(target); // it says by itself what is done: “Install the tools”
  return hideIds(whole ? target : `${verb} ${target}`).trim();
}
