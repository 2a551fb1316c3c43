import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { startCollector } from "../doubles/collector/collector.ts";
import { startGitServer } from "../harness/git-server.ts";
import { bringUp } from "../harness/product-under-test.ts";
import { joinAuthorities, reachRegistries } from "../harness/registries.ts";
import { testInstance } from "../harness/suite/test-instance.ts";

/** The product, and an https Git server outside it from which quests may come; it has a page too. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { name } = testInstance("e2e");
  const folder = path.join(tmpdir(), `growqr-git-${name}`);
  const server = await startGitServer(folder, `git.${name}.growqr-test.example`, { page: (answer) => answer.end("hello from outside\n") });
  project.provide("gitServer", { folder, name: server.name, other: server.other });
  const spans = path.join(folder, "spans.ndjson");
  const collector = await startCollector({ file: spans });
  project.provide("spans", spans);
  const { product, down } = await bringUp(name, {
    TRACES_URL: collector.url,
    ...{ EGRESS_ALLOW: server.name, NODE_EXTRA_CA_CERTS: server.ca, ...(await reachRegistries()) },
    BOX_AUTHORITIES: joinAuthorities(path.join(folder, "authorities.pem"), server.ca),
    REMIND_AFTER: "1500", // what waits longer is a mail in the demo's mailbox
  });
  project.provide("product", product);
  return async () => {
    await down();
    await collector.close();
    await server.stop();
  };
}
