#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { count, describe } from "./count.js";

const help = `Counts lines, words and characters.

Usage: {{name}} [options] [file …]

Without a file it reads what is piped into it.

  --json    answer as JSON
  --help    show this`;

function readOptions() {
  try {
    return parseArgs({ options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } }, allowPositionals: true });
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    process.exit(2);
  }
}
const { values, positionals } = readOptions();
if (values.help) {
  console.log(help);
  process.exit(0);
}

const counted = [];
if (positionals.length === 0) counted.push({ ...count(await text(process.stdin)) });
for (const name of positionals) {
  try {
    counted.push({ name, ...count(readFileSync(name, "utf8")) });
  } catch (error) {
    console.error(`${name}: ${error.code === "ENOENT" ? "there is no such file" : error.message}`);
    process.exitCode = 1;
  }
}
console.log(values.json ? JSON.stringify(counted) : counted.map((each) => describe(each, each.name)).join("\n"));
