import https from "node:https";
import { packageLimits } from "../../schema/quest/quest.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EgressList } from "../network/egress.ts";

/**
 * One commit of a repository outside as a pack, by Git's protocol 2 over https. The daemon only carries the
 * bytes: they are read by Git in a room without network. Nothing but the named address is asked, no
 * redirection is followed, and names that lead inside are not dialled.
 */
const formatPacket = (text: string) => `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, "0")}${text}`;
function formatRequest(commit: string): string {
  const format = commit.length === 64 ? "sha256" : "sha1";
  const head = ["command=fetch\n", "agent=growqr\n", `object-format=${format}\n`].map(formatPacket).join("");
  const body = ["no-progress\n", "ofs-delta\n", "deepen 1\n", `want ${commit}\n`, "done\n"].map(formatPacket).join("");
  return `${head}0001${body}0000`;
}

const refuseRepository = (why: string) => new AppError("invalid", { issues: [{ path: "quest", message: why }] }, { message: why });

/**
 * The pack's bytes of an answer of protocol 2. Throws `invalid` with the server's own word, or that it does
 * not speak it.
 */
export function extractPack(answer: Buffer): Buffer {
  const parts: Buffer[] = [];
  let inside = false;
  for (let at = 0; at + 4 <= answer.length; ) {
    const size = Number.parseInt(answer.toString("latin1", at, at + 4), 16);
    if (Number.isNaN(size) || at + size > answer.length) throw refuseRepository("The address does not answer as a Git repository does.");
    const data = answer.subarray(at + 4, at + Math.max(size, 4));
    at += Math.max(size, 4);
    if (!inside && data.toString("utf8", 0, 4) === "ERR ")
      throw refuseRepository(`The repository says: ${data.toString("utf8", 4).trim().slice(0, 200)}`);
    if (inside && data[0] === 1) parts.push(data.subarray(1));
    if (inside && data[0] === 3) throw refuseRepository(`The repository says: ${data.toString("utf8", 1).trim().slice(0, 200)}`);
    if (data.toString("utf8").trim() === "packfile") inside = true;
  }
  if (!inside) throw refuseRepository("The repository does not have that commit, or does not speak Git's protocol 2.");
  return Buffer.concat(parts);
}

export function fetchPack(url: string, commit: string, lookup: EgressList["lookup"]): Promise<Buffer> {
  const body = formatRequest(commit);
  const headers = {
    "content-type": "application/x-git-upload-pack-request",
    accept: "application/x-git-upload-pack-result",
    "git-protocol": "version=2",
    "content-length": Buffer.byteLength(body),
  };
  const target = `${url.replace(/\/$/, "")}/git-upload-pack`;
  return new Promise((resolve, reject) => {
    const call = https.request(target, { method: "POST", headers, lookup, agent: false, signal: AbortSignal.timeout(30_000) }, (answer) => {
      const { statusCode = 0 } = answer;
      if (statusCode !== 200) {
        answer.destroy();
        return reject(
          refuseRepository(`The address answered ${statusCode}${statusCode > 299 && statusCode < 400 ? ", which leads elsewhere" : ""}.`),
        );
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > packageLimits.packBytes)
          answer.destroy(refuseRepository(`The repository is larger than ${packageLimits.packBytes} bytes.`));
        else chunks.push(chunk);
      });
      answer.once("end", () => resolve(Buffer.concat(chunks)));
      answer.on("error", reject);
    });
    call.on("error", (cause) => reject(cause instanceof AppError ? cause : refuseRepository("The address can't be reached from here.")));
    call.end(body);
  }).then((answer) => extractPack(answer as Buffer));
}
