import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { ensureKeys } from "../../edge/deploy/keys.ts";
import { changeSettings } from "../../edge/deploy/settings-file.ts";
import { installGoTool } from "../harness/go-tool.ts";
import { makeNodeImage } from "../harness/node-image.ts";
import { resultsFolder } from "../harness/suite/evidence/results.ts";
import { testInstance } from "../harness/suite/test-instance.ts";
import { root } from "../local/process.ts";

export const instance = testInstance("compose");
export const folder = path.join(root, instance.folder);
export const settingsFile = path.join(folder, "settings.env");

/** The published program, built from its Go module: no registry here has it otherwise. */
const composeTool = { module: "github.com/docker/compose/v2/cmd", version: "v2.29.7" };
export type Ran = { code: number; said: string };
const psLine = z.object({ Service: z.string(), State: z.string(), Health: z.string(), ExitCode: z.number() });
export type SeenService = z.infer<typeof psLine>;

/** `docker compose` with the file of this clone, as an instance of the tests' own. */
export class Compose {
  private readonly program: string;
  private readonly env: Record<string, string>;
  constructor(program: string, nodeImage: string) {
    this.program = program;
    this.env = {
      ...{ GROWQR_INSTANCE: instance.name, GROWQR_PORTS: String(instance.ports.edge / 100), GROWQR_VERSION: instance.name },
      ...{ NODE_IMAGE: nodeImage, GROWQR_STATE: path.join(folder, "state"), EDGE_URL: `http://127.0.0.1:${instance.ports.edge}` },
      ...{ CELL_SECRETS: path.join(folder, "settings.cell"), EDGE_SETTINGS: settingsFile },
      BACKUPS: path.join(folder, "backups"),
    };
  }
  /** Runs a command to its end; its code and all that it said. */
  async run(...words: string[]): Promise<Ran> {
    const { PATH = "", HOME = "/" } = process.env;
    const options = { cwd: root, env: { PATH, HOME, ...this.env }, maxBuffer: 1 << 26 };
    const args = ["--env-file", "/dev/null", "--profile", "edge", ...words];
    try {
      const { stdout, stderr } = await promisify(execFile)(this.program, args, options);
      return { code: 0, said: stdout + stderr };
    } catch (error) {
      const { code, stdout = "", stderr = "" } = error as { code: number; stdout?: string; stderr?: string };
      return { code, said: stdout + stderr };
    }
  }
  /** Likewise, where another end than a good one is an error. */
  async must(...words: string[]): Promise<string> {
    const { code, said } = await this.run(...words);
    if (code === 0) return said;
    throw new Error(`docker compose ${words.join(" ")} ended with ${code}:\n${said.slice(-6_000)}`);
  }
  async services(): Promise<SeenService[]> {
    const said = await this.must("ps", "--all", "--format", "json");
    return said.split("\n").flatMap((line) => (line.startsWith("{") ? [psLine.parse(JSON.parse(line))] : []));
  }
  /** What the last look at a service's health said. */
  healthOf(service: string): string {
    const format = "{{json .State.Health.Log}}";
    const text = execFileSync("docker", ["inspect", "--format", format, `growqr-${instance.name}-${service}-1`], { encoding: "utf8" });
    return (
      z
        .array(z.object({ Output: z.string() }))
        .parse(JSON.parse(text))
        .at(-1)
        ?.Output.trim() ?? ""
    );
  }
  /** Its logs are kept for who looks for a failure; containers, volumes and images go. */
  async down(): Promise<void> {
    const { said } = await this.run("logs", "--no-color", "--timestamps");
    mkdirSync(resultsFolder(), { recursive: true });
    if (said !== "") writeFileSync(path.join(resultsFolder(), "compose.log"), said); // whoever wipes up afterwards finds none
    await this.run("--profile", "join", "--profile", "backup", "down", "--volumes", "--rmi", "all", "--remove-orphans", "--timeout", "20");
  }
}

/** The tool, and an image of Node of this machine's own packages in the place of the official one. */
export async function openCompose(log: (line: string) => void): Promise<Compose> {
  const [program, nodeImage] = [await installGoTool(composeTool), await makeNodeImage(log)];
  return new Compose(program, nodeImage);
}

/** A settings file as an operator fills it in, with every key of `npm run keys`. */
export async function writeSettings(values: Record<string, string>): Promise<void> {
  rmSync(settingsFile, { force: true });
  mkdirSync(folder, { recursive: true });
  await ensureKeys(settingsFile);
  const taken = Object.keys(values);
  const lines = readFileSync(settingsFile, "utf8").split("\n");
  writeFileSync(settingsFile, lines.filter((line) => !taken.some((name) => line.startsWith(`${name}=`))).join("\n"));
  changeSettings(settingsFile, values, "Of this test.");
}
