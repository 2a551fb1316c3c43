import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

/**
 * Changes this machine's list of names: `hosts-file.ts <names whose lines go, JSON> <new lines, JSON>`. Two
 * at once would lose lines, so that `tellHosts` starts it under a lock. Who reads meanwhile never sees a list
 * that is cut off.
 */
const file = "/etc/hosts";
const [names, lines] = process.argv.slice(2).map((text) => JSON.parse(text) as string[]);
const before = readFileSync(file, "utf8");
const kept = before.split("\n").filter((line) => line !== "" && !names?.some((name) => line.endsWith(` ${name}`)));
const after = `${[...kept, ...(lines ?? [])].join("\n")}\n`;
const open = openSync(file, "r+");
writeSync(open, after.padEnd(before.length, "\n"), 0);
ftruncateSync(open, Buffer.byteLength(after));
closeSync(open);
