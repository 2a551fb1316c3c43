import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { type HostAnswer, type HostCall, readJson } from "../../../actors/runner/host.ts";
import type { Stack } from "../../../actors/stack/stack.ts";
import { box } from "../../../schema/stack/stack.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { limit } from "../../harness/suite/limit.ts";
import { root, type Started, start } from "../../local/process.ts";

const password = "of-this-test-only";
const authorization = `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;
const switches = ["MODELS_FETCH", "AUTOUPDATE", "SHARE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "CLAUDE_CODE", "PROJECT_CONFIG", "FFF"];

function environment(folder: string, model: { url: string; key: string; model: string }): Record<string, string> {
  const config = {
    autoupdate: false,
    share: "disabled",
    formatter: false,
    lsp: false,
    model: `${box.provider}/${box.model}`,
    enabled_providers: [box.provider],
    agent: { title: { disable: true } },
    permission: { "*": "allow" },
    provider: {
      [box.provider]: {
        npm: "@ai-sdk/openai-compatible",
        name: "model",
        options: { baseURL: model.url, apiKey: model.key },
        models: { [box.model]: { id: model.model, name: "model", tool_call: true, limit: { context: 128_000, output: 8_192 } } },
      },
    },
  };
  const at = (name: string) => path.join(folder, "opencode", name);
  for (const name of ["home", "data", "state", "cache", "config/opencode", "own", "work"]) mkdirSync(at(name), { recursive: true });
  for (const name of ["config/opencode", "own"]) writeFileSync(path.join(at(name), ".gitignore"), "*\n"); // or it installs packages there first
  return {
    HOME: at("home"),
    XDG_DATA_HOME: at("data"),
    XDG_STATE_HOME: at("state"),
    XDG_CACHE_HOME: at("cache"),
    XDG_CONFIG_HOME: at("config"),
    OPENCODE_CONFIG_DIR: at("own"),
    OPENCODE_SERVER_PASSWORD: password,
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER: "1",
    ...Object.fromEntries(switches.map((name) => [`OPENCODE_DISABLE_${name}`, "1"])),
  };
}

/**
 * A real OpenCode server on loopback, and a stack that reaches it directly where the product goes by way of
 * its host.
 */
export async function startOpenCode(folder: string, port: number, model: { url: string; key: string; model: string }) {
  const started: Started = await start({
    name: "opencode",
    command: path.join(root, "node_modules/opencode-linux-x64/bin/opencode"),
    args: ["serve", "--hostname", "127.0.0.1", "--port", String(port)],
    folder,
    env: environment(folder, model),
    cwd: path.join(folder, "opencode/work"),
    ready: async () => {
      const signal = AbortSignal.timeout(limit(1_000)); // the first request, sent as it begins to listen, hangs
      return (await fetch(`http://127.0.0.1:${port}/global/health`, { headers: { authorization }, signal })).ok;
    },
  });
  const open = (_requestId: string, call: HostCall): Promise<HostAnswer> =>
    new Promise((resolve, reject) => {
      const path = call.path.replace(/^\/agents\/[^/]+\/opencode/, "");
      const headers = { ...call.headers, authorization };
      const outgoing = request({
        host: "127.0.0.1",
        port,
        method: call.method,
        path,
        headers,
        ...(call.signal ? { signal: call.signal } : {}),
      });
      outgoing.once("response", (body) => resolve({ status: body.statusCode ?? 0, headers: body.headers, body }));
      outgoing.on("error", (cause) => reject(new AppError("unavailable", {}, { cause })));
      outgoing.end(call.body as string | undefined);
    });
  const json: Stack["json"] = async (requestId, shape, { body, ...call }) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { ...call.headers, "content-type": "application/json" } };
    return readJson(await open(requestId, { ...call, ...sent }), call.path, shape);
  };
  return { ...started, directory: path.join(folder, "opencode/work"), stack: { open, json } };
}
