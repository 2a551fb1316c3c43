import type { ServerResponse } from "node:http";
import { setTimeout as after } from "node:timers/promises";
import { type GitServer, startGitServer } from "../../harness/git-server.ts";
import { hashFile, packGoModule, packNpm, packWheel, type Texts } from "./archives.ts";
import { makeProjectFiles, type PackageManager, type ProjectFiles, type Published } from "./projects.ts";

/**
 * The package registries, by the protocols of npm, of PyPI and of Go's module proxies: one package each,
 * `greeter`, `pygreeter` and a module, at a public address of the test's own. How it answers the files of
 * packages can be changed at any time.
 */
export type RegistryMood =
  | "well"
  /** Every file of a package breaks off, each time elsewhere. */
  | "cut"
  /** Every file of a package comes drop by drop, over some seconds. */
  | "slow"
  /** Every request is answered 500. */
  | "failing"
  /** Every file of a package is another one than was published. */
  | "forged";
export type Registry = Pick<GitServer, "name" | "ca" | "asked" | "stop"> & {
  mood: RegistryMood;
  /** What the files of a project of this name say to get the package: with lock and hash. */
  files: (manager: PackageManager, project: string) => ProjectFiles;
  /** What a package-lock.json says of one of the further packages. */
  locked: (name: string) => { version: string; resolved: string; integrity: string; hasInstallScript?: true; bin?: unknown };
};
/** Paths of packages' own files, beside those that tell of them. */
export const packagePath = /\.(?:tgz|whl|zip)$/;
const version = "1.0.0";
const ballast = 600_000;
const slowPieces = 12;
const goModule = "greeter.example.org/greeter";

/** `further`: packages of npm's beside the one, by name, with their files. */
export async function startRegistry(folder: string, name: string, further: Readonly<Record<string, Texts>> = {}): Promise<Registry> {
  const manifest = { name: "greeter", version };
  const others = new Map(
    Object.entries(further).map(([other, files]) => {
      const manifest = JSON.parse(files["package.json"] ?? "{}") as object;
      return [
        other,
        { manifest, bytes: packNpm({ ...files, "package.json": JSON.stringify({ name: other, version, ...manifest }) }, 1_000) },
      ];
    }),
  );
  const packed = packNpm({ "package.json": JSON.stringify(manifest), "index.js": 'module.exports = "hello";\n' }, ballast);
  const forged = packNpm({ "package.json": JSON.stringify(manifest), "index.js": 'module.exports = "bye";\n' }, ballast);
  const wheel = packWheel("pygreeter", version, 'WORD = "hello"\n', ballast);
  const otherWheel = packWheel("pygreeter", version, 'WORD = "bye"\n', ballast);
  const wheelName = `pygreeter-${version}-py3-none-any.whl`;
  const base = `https://${name}`;
  const goVersion = `v${version}`;
  const [module, otherModule] = ["hello", "bye"].map((word) =>
    packGoModule(goModule, goVersion, `package greeter\n\nconst Word = "${word}"\n`, ballast),
  ) as [ReturnType<typeof packGoModule>, ReturnType<typeof packGoModule>];
  const published: Published = {
    ...{ base, version },
    npm: {
      tarball: `${base}/npm/greeter/-/greeter-${version}.tgz`,
      integrity: `sha512-${hashFile(packed, "sha512", "base64")}`,
      sha1: hashFile(packed, "sha1"),
    },
    wheel: { url: `${base}/pypi/files/${wheelName}`, sha256: hashFile(wheel, "sha256"), size: wheel.length },
    go: { module: goModule, version: goVersion, sums: module.sums },
  };

  let cuts = 0;
  async function sendFile(answer: ServerResponse, bytes: Buffer, other: Buffer): Promise<void> {
    const { mood } = registry;
    const sent = mood === "forged" ? other : bytes;
    answer.writeHead(200, { "content-type": "application/octet-stream", "content-length": sent.length });
    if (mood === "cut") {
      cuts += 1;
      answer.write(sent.subarray(0, Math.floor(sent.length / (2 + (cuts % 5)))), () => answer.destroy());
    } else if (mood === "slow") {
      const size = Math.ceil(sent.length / slowPieces);
      for (let at = 0; at < sent.length; at += size) {
        answer.write(sent.subarray(at, at + size));
        await after(250);
      }
      answer.end();
    } else answer.end(sent);
  }
  const sendText = (answer: ServerResponse, type: string, text: string) => answer.writeHead(200, { "content-type": type }).end(text);
  const refuse = (answer: ServerResponse) => answer.writeHead(404).end("{}");
  const npm = (answer: ServerResponse) => {
    if (registry.mood === "failing") return void answer.writeHead(500).end("{}");
    const other = others.get(answer.req.url?.split("/")[2] ?? "");
    if (answer.req.url?.endsWith(".tgz")) return void sendFile(answer, other?.bytes ?? packed, forged);
    if (answer.req.url?.split("?")[0] !== "/npm/greeter") return void refuse(answer);
    const { tarball, integrity, sha1 } = published.npm;
    const dist = { tarball, integrity, shasum: sha1 };
    const document = { name: "greeter", "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
    sendText(answer, "application/json", JSON.stringify(document));
  };
  const pypi = (answer: ServerResponse) => {
    if (registry.mood === "failing") return void answer.writeHead(500).end();
    if (answer.req.url?.endsWith(".whl")) return void sendFile(answer, wheel, otherWheel);
    if (answer.req.url !== "/pypi/simple/pygreeter/") return void refuse(answer);
    const link = `<a href="${published.wheel.url}">${wheelName}</a>`;
    sendText(answer, "text/html", `<!DOCTYPE html><html><body>${link}</body></html>`);
  };
  const go = (answer: ServerResponse) => {
    if (registry.mood === "failing") return void answer.writeHead(500).end();
    const at = `/go/${goModule}/@v/${goVersion}`;
    const { url } = answer.req;
    if (url === `${at}.zip`) return void sendFile(answer, module.zip, otherModule.zip);
    if (url === `${at}.mod`) return void sendText(answer, "text/plain", module.modFile);
    if (url === `${at}.info`) return void sendText(answer, "application/json", JSON.stringify({ Version: goVersion }));
    refuse(answer);
  };
  const { ca, asked, stop } = await startGitServer(folder, name, { npm, pypi, go });
  const registry: Registry = {
    ...{ name, ca, asked, stop, mood: "well" },
    files: (manager, project) => makeProjectFiles(manager, project, published),
    locked: (name) => {
      const { bytes, manifest } = others.get(name)!;
      const locked = {
        version,
        resolved: `${base}/npm/${name}/-/${name}-${version}.tgz`,
        integrity: `sha512-${hashFile(bytes, "sha512", "base64")}`,
      };
      return {
        ...locked,
        ...("scripts" in manifest ? { hasInstallScript: true as const } : {}),
        ...("bin" in manifest ? { bin: manifest.bin } : {}),
      };
    },
  };
  return registry;
}
