import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeEnvironmentIssues, imageVariants, nameProjectChecks, readEnvironment } from "../../../schema/environment/environment.ts";
import { printYaml } from "../../../schema/wire/yaml.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

const issues = (text: string) => {
  const read = readEnvironment(text);
  return read.ok ? [] : read.issues;
};
const paths = (over: object) => issues(printYaml(over)).map(({ path }) => path);
const full = {
  image: "workshop",
  setup: ["npm ci", "npm run generate"],
  maintenance: ["npm ci"],
  start: "node server.js",
  port: 8080,
  health: { path: "/health", status: 204, seconds: 30 },
  migrate: "node migrate.js",
  services: ["postgres", "redis"],
  network: ["api.example.org"],
  env: ["API_KEY"],
};

describe("an environment file", () => {
  test("may say everything or nothing", () => {
    expect(readEnvironment(printYaml(full))).toEqual({ ok: true, value: full });
    expect(readEnvironment("{}")).toEqual({ ok: true, value: { services: [], network: [], env: [] } });
    expect(readEnvironment("start: npm start\nhealth: {}\n")).toMatchObject({ value: { health: { path: "/", status: 200, seconds: 60 } } });
  });
  test("that is wrong says each error by its path", () => {
    expect(paths({ setups: [] })).toEqual(["setups"]);
    expect(paths({ start: "x", health: { paths: "/" } })).toEqual(["health.paths"]);
    expect(paths({ setup: "npm ci" })).toEqual(["setup"]);
    expect(paths({ setup: ["a\nb", 3, "a"] })).toEqual(["setup.0", "setup.1"]);
    expect(paths({ start: "x", port: "8080" })).toEqual(["port"]);
    for (const port of [0, 80, 65_536, 1.5]) expect(paths({ start: "x", port })).toEqual(["port"]);
    for (const path of ["health", "//x y", "/a\\b", ""]) expect(paths({ start: "x", health: { path } })).toEqual(["health.path"]);
    expect(paths({ services: ["mysql"] })).toEqual(["services.0"]);
    expect(paths({ services: ["redis", "redis"] })).toEqual(["services.1"]);
    for (const name of ["*.example.org", "10.0.0.1", "localhost", "https://a.example", "EXAMPLE.org", "a.example:443"])
      expect(paths({ network: [name] })).toEqual(["network.0"]);
    for (const name of ["A-B", "1A", "", "A=secret", "PATH", "PORT", "LD_PRELOAD", "NODE_OPTIONS", "GROWQR_X"])
      expect(paths({ env: [name] })).toEqual(["env.0"]);
    expect(paths({ setup: Array(21).fill("true") })).toEqual(["setup"]);
  });
  test("names checks of what is pushed, as a spec does, or as lines that must end with 0", () => {
    const read = readEnvironment(
      'checks: [npm test, {command: npm run lint, exit_code: 1}, {url: "http://localhost:80/", should_respond: 200}, {file: a.js}]',
    );
    const named = read.ok ? nameProjectChecks(read.value) : undefined;
    expect(named?.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "checks.0 command",
      "checks.1 command",
      "checks.2 url",
      "checks.3 file",
    ]);
    expect(named?.[0]).toEqual({ name: "checks.0", kind: "command", command: "npm test", exitCode: 0, seconds: 60 });
    expect(nameProjectChecks({ services: [], network: [], env: [] })).toBeUndefined();
    const wrong = [
      ...[{ command: "npm test", scenarios: [1] }, { url: "http://example.org/", should_respond: 200 }, { file: "../x" }],
      ...[{ command: "npm test", timeout: 901 }, "a\nb", 3, {}],
    ];
    for (const check of wrong) expect(paths({ checks: [check] })[0], JSON.stringify(check)).toMatch(/^checks\.0/);
    expect(paths({ checks: Array(31).fill("true") })).toEqual(["checks"]);
  });
  test("needs a start where it says how that is reached", () => {
    expect(paths({ port: 8080, health: {}, migrate: "x" })).toEqual(["port", "health", "migrate"]);
    expect(paths({ port: 8080, start: "x" })).toEqual([]);
    expect(paths({ start: "x", site: "dist" })).toEqual(["site"]);
    for (const site of ["../dist", "/dist", ""]) expect(paths({ site })).toContain("site");
  });
  test("can choose an image that is there, and hears which those are", () => {
    expect(imageVariants).toEqual(["workshop", "full"]);
    expect(issues("image: large")).toEqual([{ path: "image", message: "must be workshop or full: there is no other image" }]);
  });
  test("that asks for a service is given its variables, and may not name them itself", () => {
    expect(paths({ services: ["postgres"], env: ["KEY", "DATABASE_URL", "PGUSER", "REDIS_URL"] })).toEqual(["env.1", "env.2"]);
    expect(paths({ services: ["redis"], env: ["REDIS_URL"] })).toEqual(["env.0"]);
    expect(paths({ env: ["DATABASE_URL", "REDIS_URL"] })).toEqual([]);
  });
  test("that asks for a service does not listen where that is found", () => {
    const on = (port: number, services: string[]) => paths({ services, start: "x", port });
    expect([on(5432, ["postgres"]), on(6379, ["redis"]), on(6442, ["postgres", "redis"])]).toEqual([["port"], ["port"], ["port"]]);
    expect([on(5432, ["redis"]), on(6443, ["redis"]), on(5432, [])]).toEqual([[], [], []]);
  });
  test("is never more than plain text of one document: no anchors, tags, double keys or depth", () => {
    expect(issues("setup: &a [x]\nmaintenance: *a")[0]?.message).toBe("anchors and aliases are not taken");
    expect(issues("start: !!js/function x")[0]?.message).toBe("tags are not taken");
    expect(issues("start: a\nstart: b")[0]?.message).toMatch(/line 2, column 1: a key is given twice/);
    expect(issues("{}\n---\n{}")[0]?.message).toMatch(/more than one document/);
    expect(issues(`setup: ${"[".repeat(50)}${"]".repeat(50)}`)[0]?.message).toBe("is nested deeper than 6 levels");
    for (const text of ["", "- a", "3", "~", "start: [", "\t", "\0"]) expect(readEnvironment(text).ok).toBe(false);
  });
  test("is refused in time in proportion to its length, and at once from its limit on, whatever is in it", () => {
    const megabyte = 1024 * 1024;
    const worst = ["a: b\n", "[", "{a: ", "- ", "&a ", "*a ", "? ", "a\n", ": ", "'", "setup: [x]\n", "# \n", "\0", "語", "\n"];
    for (const unit of worst) {
      for (const size of [megabyte, 20_000]) expect(readEnvironment(fillText(unit)(size)).ok).toBe(false);
      expectLinear(unit, 16_000, fillText(unit), readEnvironment);
    }
    expect(issues("#".repeat(megabyte))[0]?.message).toBe("is larger than 65536 bytes");
  });
  test("throws for no text, and its errors fit on lines", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json().map(printYaml)), (text) => {
        for (const line of describeEnvironmentIssues(issues(text))) expect(line).toMatch(/^\.growqr\/environment\.yaml: /);
      }),
    );
  });
});
