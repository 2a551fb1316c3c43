import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunLine, type RunResult, runLine } from "../../../schema/proof/proof.ts";
import { boxSeen } from "../../../schema/stack/box-image.ts";
import { reachRegistries } from "../../harness/registries.ts";
import { limit } from "../../harness/suite/limit.ts";
import { long } from "../../harness/suite/long-run.ts";
import type { Started } from "../../local/process.ts";
import {
  type Asked,
  command,
  makeRepository,
  mustRunAsAgent,
  openRun,
  runAsAgent,
  startAuthor,
  startDaemonWithAuthor,
  writeFilesLine,
} from "../clean-room.ts";
import { callApp, deploy, environment, type Files, pushMain, putBody, visit } from "../release/app-client.ts";
import { callHost, newPerson, putStack, signStackTicket } from "../runner-client.ts";

/**
 * Projects in languages that the image `full` alone has (issue 10.1, 10.3): it is made when the first of
 * them asks for it.
 */
const person = newPerson();
let daemon: Started;
beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person, await reachRegistries(), startAuthor);
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

async function makeProject(name: string, files: Record<string, string>): Promise<Asked> {
  const repo = await makeRepository(person, name);
  const clone = `git clone -q http://gitea:3000/${repo}.git ${name} && cd ${name}`;
  const push = "git add -A && git commit -qm work && git push -q origin HEAD:main && git rev-parse HEAD";
  const out = await mustRunAsAgent(person, `{ ${clone} && ${writeFilesLine(files)}; } >&2 && ${push}`);
  return { repo, branch: "main", commit: out.split("\n").at(-1) ?? "", outputs: [], checks: [] };
}
/** A verdict, and what the run told. There is none while the image is being made. */
async function proveTold(asked: Asked, ms = 400_000): Promise<{ result: RunResult; lines: RunLine[] }> {
  const end = Date.now() + limit(ms);
  for (;;) {
    const { text, status } = await openRun(person, asked);
    const told = status === 200 ? text.split("\n").filter(Boolean) : [];
    const lines = told.map((line) => runLine.parse(JSON.parse(line)));
    const line = lines.at(-1);
    if (line?.type === "result") return { result: line.result, lines };
    if (line?.type !== "error" || line.code !== "unavailable" || Date.now() > end) throw new Error(`no verdict: ${text.slice(-500)}`);
  }
}
const prove = async (asked: Asked) => (await proveTold(asked)).result;
const goSum = ["h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=", "/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo="];
const goFiles = {
  "go.mod": "module example.org/shop\n\ngo 1.19\n\nrequire github.com/google/uuid v1.6.0\n",
  "go.sum": goSum.map((sum) => `github.com/google/uuid v1.6.0${sum.startsWith("/") ? "" : " "}${sum}\n`).join(""),
  "shop.go": 'package shop\n\nimport "github.com/google/uuid"\n\nfunc Order() string { return uuid.Nil.String() }\n',
  "shop_test.go":
    'package shop\n\nimport "testing"\n\nfunc TestOrder(t *testing.T) {\n\tif Order() != "00000000-0000-0000-0000-000000000000" {\n\t\tt.Fatal(Order())\n\t}\n}\n',
};

describe("a project of another language", () => {
  it("in Go is fetched by its lock, and tested without a network", { timeout: limit(500_000) }, async () => {
    const project = await makeProject("gopher", goFiles);
    const { failures, setup, image } = await prove({ ...project, checks: [command("tests.0", "go test ./...", { seconds: 120 })] });
    expect(failures).toEqual([]);
    expect(setup).toMatchObject({ commands: ["go mod download"], unpinned: [], files: [{ name: "go.mod" }, { name: "go.sum" }] });
    expect(image.name).toMatch(/^growqr\/full:/);
  });
  it("in Rust and in Java is built and run where it needs nothing but its language", { timeout: limit(500_000) }, async () => {
    const rust = await makeProject("crab", {
      "Cargo.toml": '[package]\nname = "crab"\nversion = "0.1.0"\nedition = "2021"\n',
      "src/main.rs": 'fn main() {\n    println!("claws");\n}\n',
    });
    const crab = await prove({ ...rust, checks: [command("tests.0", "cargo run -q", { contains: "claws", seconds: 120 })] });
    expect([crab.failures, crab.setup]).toEqual([[], undefined]);
    const java = await makeProject("bean", {
      "pom.xml": "<project/>\n",
      "Bean.java": 'class Bean {\n  public static void main(String[] all) {\n    System.out.println("roasted");\n  }\n}\n',
    });
    expect(
      (await prove({ ...java, checks: [command("tests.0", "java Bean.java", { contains: "roasted", seconds: 120 })] })).failures,
    ).toEqual([]);
  });
});

/** How the member's box is, once it is asked to have the languages. */
const askBox = async () =>
  (await callHost("PUT", `/stacks/${person.member}/box`, { ticket: await signStackTicket(person), body: { image: "full" } })).json(boxSeen);
describe("the box of a member who has such a project", () => {
  it("says that it lacks them while it runs, and has them from its next start on, with what its agents made", async () => {
    expect(await askBox()).toEqual({ image: "workshop", next: "full" });
    expect((await runAsAgent(person, "echo kept >kept; command -v go cargo mvn")).code).not.toBe(0);
    await putStack(person, 2, "stopped");
    await putStack(person, 3, "running");
    expect(await askBox()).toEqual({ image: "full", next: "full" });
    expect(await mustRunAsAgent(person, "go version >&2 && cargo --version >&2 && mvn -v >&2 && cat kept")).toBe("kept");
  });
  it("is refused another image, and to whoever has no ticket of its stack", async () => {
    const ticket = await signStackTicket(person);
    for (const body of [{}, { image: "workshop" }, { image: "full", now: true }])
      expect((await callHost("PUT", `/stacks/${person.member}/box`, { ticket, body })).status).toBe(400);
    const stranger = await signStackTicket(newPerson());
    expect((await callHost("PUT", `/stacks/${person.member}/box`, { ticket: stranger, body: { image: "full" } })).status).toBeGreaterThan(
      400,
    );
  });
  if (long)
    it("fetches what Maven asks for by the machine's proxy, without a setting of the agent's", async () => {
      const get = "mvn -B -q dependency:get -Dartifact=org.hamcrest:hamcrest-core:1.3 -Dtransitive=false";
      await mustRunAsAgent(person, `${get} >&2 && ls ~/.m2/repository/org/hamcrest/hamcrest-core/1.3/*.jar`);
    });
});

/** Proves it twice: the second time what was installed is found again. */
async function proveTwice(asked: Asked): Promise<RunResult> {
  const first = await proveTold(asked);
  expect(first.result.failures).toEqual([]);
  const second = await proveTold(asked);
  expect(second.result.failures).toEqual([]);
  const setUp = [first, second].map(({ lines }) => lines.some((line) => line.type === "step" && line.step === "setup"));
  expect([setUp, second.result.setup]).toEqual([[true, false], first.result.setup]);
  return first.result;
}
const crabFiles = {
  "Cargo.toml": '[package]\nname = "crab"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nitoa = "1.0.11"\n',
  "Cargo.lock": `version = 3

[[package]]
name = "crab"
version = "0.1.0"
dependencies = [
 "itoa",
]

[[package]]
name = "itoa"
version = "1.0.11"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "49f1f14873335454500d59611f1cf4a4b0f786f9ac11f4312a78e4cf2566695b"
`,
  "src/main.rs": `fn word(number: u32) -> String {
    itoa::Buffer::new().format(number).to_string()
}
fn main() {
    println!("{} claws", word(10));
}
#[test]
fn counts() {
    assert_eq!(word(7), "7");
}
`,
};
const junit = "<groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version>";
const beanFiles = {
  "pom.xml": `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId><artifactId>bean</artifactId><version>1</version>
  <properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
  <dependencies><dependency>${junit}<scope>test</scope></dependency></dependencies>
</project>
`,
  ...environment({ setup: ["mvn -B -q test"] }),
  "src/main/java/Bean.java": 'public class Bean {\n  public static String state() {\n    return "roasted";\n  }\n}\n',
  "src/test/java/BeanTest.java":
    'public class BeanTest {\n  @org.junit.Test\n  public void isRoasted() {\n    org.junit.Assert.assertEquals("roasted", Bean.state());\n  }\n}\n',
};
if (long)
  describe("with real packages", () => {
    it("in Rust is fetched by its lock, tested without a network, and found installed again", { timeout: limit(500_000) }, async () => {
      const project = await makeProject("claws", crabFiles);
      const { setup, image } = await proveTwice({ ...project, checks: [command("tests.0", "cargo test", { seconds: 120 })] });
      expect(setup).toMatchObject({ commands: ["cargo fetch"], unpinned: [], files: [{ name: "Cargo.toml" }, { name: "Cargo.lock" }] });
      expect(image.name).toMatch(/^growqr\/full:/);
    });
    it("in Java is fetched by Maven, by the commands of its file, and found installed again", { timeout: limit(500_000) }, async () => {
      const project = await makeProject("roastery", beanFiles);
      const { setup } = await proveTwice({
        ...project,
        checks: [command("tests.0", "mvn -o -B test", { contains: "Tests run: 1", seconds: 300 })],
      });
      expect(setup).toMatchObject({
        commands: ["mvn -B -q test"],
        files: expect.arrayContaining([expect.objectContaining({ name: "pom.xml" })]),
      });
    });
    it("in Go is built, deployed and served, and goes back", { timeout: limit(500_000) }, async () => {
      const repo = await makeRepository(person, "bakery");
      const serve = (word: string): Files => ({
        ...environment({ build: "go build -o bakery .", start: "./bakery" }),
        "go.mod": goFiles["go.mod"].replace("shop", "bakery"),
        "go.sum": goFiles["go.sum"],
        "main.go": `package main

import (
	"net/http"
	"os"

	"github.com/google/uuid"
)

func main() {
	http.ListenAndServe(":"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("${word} " + uuid.Nil.String()))
	}))
}
`,
      });
      const none = "00000000-0000-0000-0000-000000000000";
      const bodies = [];
      for (const word of ["rye", "spelt"]) {
        const body = putBody(repo, await pushMain(person, repo, serve(word)));
        const { end } = await deploy(person, "bakery", body);
        expect([end, (await visit(person, "bakery")).text]).toEqual([
          expect.objectContaining({ type: "end", served: true, current: body.release }),
          `${word} ${none}`,
        ]);
        bodies.push(body);
      }
      const back = await callApp(person, "POST", "/bakery/roll-back", { to: bodies[0]?.release });
      expect([back.status, (await visit(person, "bakery")).text]).toEqual([200, `rye ${none}`]);
    });
  });
