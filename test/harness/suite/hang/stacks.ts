import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../../../local/process.ts";
import { fileNameOf } from "../evidence/results.ts";
import { readJavaScriptStack } from "./inspector.ts";
import { isNode, listTree, readProcess } from "./processes.ts";

/** What one process does. Its environment is never read: it holds secrets. */
async function describeProcess(pid: number): Promise<{ text: string; stack: string[] }> {
  const command = readProcess(pid, "cmdline").replaceAll("\0", " ").trim().slice(0, 300);
  const state = /^State:\s*(.*)$/m.exec(readProcess(pid, "status"))?.[1] ?? "ended";
  const waits = readProcess(pid, "wchan");
  const kernel = readProcess(pid, "stack").trim();
  const stack = isNode(pid) ? await readJavaScriptStack(pid) : [];
  const lines = [`process ${pid}: ${command}`, `state ${state}, waits in ${waits || "?"}`, ...stack, ...kernel.split("\n")];
  return { text: lines.filter(Boolean).join("\n    "), stack };
}

export type Stacks = { file: string; tree: number[]; stack: string[] };
/**
 * Writes down what a process and each descendant of it are doing, into a folder with evidence. Answers the
 * file, below the checkout, the processes, and the JavaScript stack of the first.
 */
export async function writeStacks(folder: string, name: string, why: string, pid: number): Promise<Stacks> {
  const tree = listTree(pid);
  const told: { text: string; stack: string[] }[] = [];
  for (const each of tree) told.push(await describeProcess(each)); // one by one: their inspectors share a port
  const file = path.join(folder, `hanging-${fileNameOf(name)}.txt`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${[`${name}: ${why}`, ...told.map(({ text }) => text)].join("\n\n")}\n`);
  return { file: path.relative(root, file), tree, stack: told[0]?.stack ?? [] };
}
