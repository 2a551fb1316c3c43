import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { forwardRequest, keepHeaders, sendError } from "../../../agent-host/gateway/forward.ts";
import { joinOut } from "../../../schema/machine/host.ts";
import { newMachineKey } from "../../../schema/machine/machine.ts";
import { programHeader } from "../../../schema/preview/preview.ts";
import { type AppSeen, appStateHeader } from "../../../schema/release/release-host.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { ask, capacity, joinToken, sql, type TestMember } from "../client.ts";

/** A machine that joined by the public door, and passes what is asked of apps on as a host does. */
export class AppHost {
  /** By project: the port of its app on this machine, or how an app is that has no process. */
  readonly apps = new Map<string, number | AppSeen["state"]>();
  #id = "";
  readonly #server = createServer((incoming, outgoing) => {
    const requestId = newId("req");
    const [, project = "", path = ""] = /^\/stacks\/mem_\w{26}\/apps\/([a-z0-9-]+)\/http(\/.*)$/.exec(incoming.url ?? "") ?? [];
    const app = this.apps.get(project);
    if (typeof app !== "number") {
      if (app !== undefined) outgoing.setHeader(appStateHeader, app);
      return sendError(outgoing, new AppError(app === undefined ? "not_found" : "unavailable"), requestId);
    }
    void forwardRequest(incoming, outgoing, {
      url: `http://127.0.0.1:${app}${path}`,
      keep: false,
      headers: keepHeaders(incoming.headers),
      firstByte: 10_000,
      mark: { [programHeader]: "1" },
      requestId,
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    const { port } = this.#server.address() as AddressInfo;
    const { keyPem, csrPem } = await newMachineKey("test-machine");
    const where = { address: "127.0.0.1", port, capacity: { ...capacity, stacks: 0 } };
    const joined = await ask("POST", "/hosts/join", { body: { token: await joinToken("host"), csr: csrPem, name: "apps", ...where } });
    const { id, certificate, ca } = joinOut.parse(joined.json);
    this.#server.setSecureContext({ key: keyPem, cert: certificate, ca });
    this.#id = id;
  }
  /** The member's stack is on this machine from now on. */
  async take({ actor }: TestMember): Promise<void> {
    await sql("update stack set host = ? where member = ?", [this.#id, actor.member]);
  }
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
