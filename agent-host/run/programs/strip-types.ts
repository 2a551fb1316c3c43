import { once } from "node:events";
import { Worker } from "node:worker_threads";

/**
 * Texts of TypeScript with blanks where types stand, so that every place stays where it is; undefined where a
 * text can't be read. Node reads types by WebAssembly: text that is nested some ten thousand deep breaks it,
 * and so the reading of all later texts in that thread (`strip-types.test.ts`). So it has a thread of its
 * own, which ends after these texts and with one that broke it. What has not come to its turn in time is not
 * read either.
 */
export async function stripTypes(texts: readonly string[]): Promise<(string | undefined)[]> {
  const plain: (string | undefined)[] = [];
  const deadline = AbortSignal.timeout(longest);
  while (plain.length < texts.length && !deadline.aborted) plain.push(...(await stripInThread(texts.slice(plain.length), deadline)));
  return texts.map((_, at) => plain[at]);
}

/** The reader's own errors, after which it goes on; any other is its end. */
const readerProgram = `const { parentPort } = require("node:worker_threads");
const { stripTypeScriptTypes } = require("node:module");
parentPort.on("message", (text) => {
  try {
    parentPort.postMessage({ plain: stripTypeScriptTypes(text) });
  } catch (error) {
    parentPort.postMessage({ broken: !["ERR_INVALID_TYPESCRIPT_SYNTAX", "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"].includes(error.code) });
  }
});`;
type Stripped = { plain?: string; broken?: boolean };
/** Milliseconds for all of them; a megabyte takes less than a second. */
const longest = 60_000;
/** Those up to the first that breaks it, and that one. At least one. */
async function stripInThread(texts: readonly string[], deadline: AbortSignal): Promise<(string | undefined)[]> {
  const thread = new Worker(readerProgram, { eval: true, execArgv: ["--no-warnings"], resourceLimits: { maxOldGenerationSizeMb: 256 } });
  const ended = once(thread, "exit").then(() => [{ broken: true }]);
  ended.catch(() => undefined); // where it ends by an error, that is told below
  const plain: (string | undefined)[] = [];
  try {
    for (const text of texts) {
      thread.postMessage(text);
      const answer = await Promise.race([once(thread, "message", { signal: deadline }), ended]).then(
        ([said]: Stripped[]) => said ?? {},
        (): Stripped => ({ broken: true }), // the thread ended, or did not answer
      );
      plain.push(answer.plain);
      if (answer.broken) break;
    }
  } finally {
    await thread.terminate();
  }
  return plain;
}
