import { describe, expect, test } from "vitest";
import { chooseImage, describeEnvironment, detectEnvironment } from "../../../schema/environment/describe-environment.ts";
import { environmentShape } from "../../../schema/environment/environment.ts";
import type { SetupTexts } from "../../../schema/environment/setup-paths.ts";

const manifest = JSON.stringify({ scripts: { start: "node server.js" }, dependencies: { ms: "2.1.3" } });
/** In words, of files with these texts and others without any. */
const words = (texts: SetupTexts, others: string[] = []) =>
  describeEnvironment(detectEnvironment([...Object.keys(texts), ...others], texts));

describe("a project without an environment file, in words", () => {
  test("installs from its lockfile and starts by its script", () => {
    expect(words({ "package.json": manifest, "package-lock.json": "{}" })).toEqual([
      "Installs with npm ci from package-lock.json.",
      "Starts with npm start on the port in PORT.",
    ]);
    expect(words({ "package.json": manifest, "pnpm-lock.yaml": "" })).toEqual([
      "Installs with pnpm install from pnpm-lock.yaml.",
      "Starts with pnpm start on the port in PORT.",
    ]);
    expect(words({ "package.json": manifest, "yarn.lock": "" })[1]).toBe("Starts with yarn start on the port in PORT.");
  });
  test("says that it is not pinned, and each folder that is installed", () => {
    expect(words({ "package.json": manifest })[1]).toBe("No lockfile: package.json leaves open which versions come.");
    const both = { "web/package.json": manifest, "web/package-lock.json": "{}", "requirements.txt": "six==1.17.0" };
    expect(words(both)[0]).toBe("Installs with pip install from requirements.txt, then npm ci in web from web/package-lock.json.");
  });
  test("is a static site where there is a page and no script that starts it", () => {
    expect(words({}, ["index.html"])).toEqual(["Nothing has to be installed.", "A static site: index.html, without a server of its own."]);
    expect(words({}, ["public/index.html"])[1]).toBe("A static site in public/: index.html, without a server of its own.");
    expect(words({ "package.json": manifest }, ["index.html"])).toContain("Starts with npm start on the port in PORT.");
  });
  test("of Python starts in a way that only the file can say", () => {
    expect(words({ "uv.lock": "", "pyproject.toml": "[project]" }, ["main.py"])).toEqual([
      "Installs with uv sync from uv.lock.",
      "How it starts is not known; `start` in .growqr/environment.yaml says it.",
    ]);
  });
  test("that needs Go, Rust or Java gets the image that has them, unless its file says otherwise (issue 10.1)", () => {
    const full = "It is built, proven and run in the image `full`, which has Go, Rust and Java.";
    const goMod = { "go.mod": "module x\nrequire example.org/y v1.0.0\n", "go.sum": "" };
    expect(words(goMod)).toEqual(["Installs with go mod download from go.mod.", expect.stringContaining("is not known"), full]);
    for (const file of ["Cargo.toml", "pom.xml"]) expect(words({}, [file])).toContain(full);
    const detected = detectEnvironment(["go.mod"], goMod);
    expect(describeEnvironment(detected, environmentShape.parse({ image: "workshop" })).at(-1)).toBe(
      "go.mod asks for Go, which its image lacks: `image: full` in .growqr/environment.yaml has it.",
    );
    expect(describeEnvironment(detectEnvironment([], {}), environmentShape.parse({ image: "full" })).at(-1)).toBe(full);
    expect([
      chooseImage(["go.mod"]),
      chooseImage(["go.mod"], { image: "workshop" }),
      chooseImage([]),
      chooseImage([], { image: "full" }),
    ]).toEqual(["full", "workshop", "workshop", "full"]);
    for (const path of ["shop/go.mod", "services/sums/Cargo.toml"]) expect(words({}, [path])).toContain(full);
    for (const path of ["vendor/x/go.mod", "test/pom.xml", "a/b/Cargo.toml"]) expect(chooseImage([path])).toBe("workshop");
    for (const line of ["go test ./...", "cd a/b && cargo test", "CGO_ENABLED=0 go vet", "make && java -jar x.jar"])
      expect([line, chooseImage([], undefined, [line]), chooseImage([], { start: line }), chooseImage([], { setup: [line] })]).toEqual([
        line,
        ...Array.from({ length: 3 }, () => "full"),
      ]);
    for (const line of ["make go", "echo cargo", "./go", "node --test"]) expect(chooseImage([], undefined, [line])).toBe("workshop");
  });
  test("with a manifest that can't be read is told like any other", () => {
    for (const text of ["", "{", "[]", "null", '{"scripts":{"start":3}}'])
      expect(words({ "package.json": text }).join(" ")).not.toContain("npm start");
  });
});

test("a project with an environment file is told as the file says, and by its files where it says nothing", () => {
  const detected = detectEnvironment(["package.json", "package-lock.json"], { "package.json": manifest, "package-lock.json": "{}" });
  const told = (environment: object) => describeEnvironment(detected, environmentShape.parse(environment));
  expect(told({})).toEqual(["Installs with npm ci from package-lock.json.", "Starts with npm start on the port in PORT."]);
  expect(told({ setup: [] })[0]).toBe("Nothing has to be installed.");
  expect(
    told({
      ...{ setup: ["npm ci", "make deps"], maintenance: ["npm ci"], start: "node server.js", port: 8080, health: { path: "/up" } },
      ...{ migrate: "node migrate.js", services: ["postgres"], network: ["api.example.org"], env: ["API_KEY"] },
    }),
  ).toEqual([
    "Set up with `npm ci`, then `make deps`.",
    "After new commits came to a clone: `npm ci`. Clean rooms and releases are set up anew instead.",
    "Starts with `node server.js` on port 8080. It is well when /up answers 200 within 60 s.",
    "Its database is brought up to date with `node migrate.js`.",
    "It has a Postgres database of its own, at the address in DATABASE_URL; agents, every proof and what is deployed each have another one.",
    "It and its setup reach api.example.org: each is opened by the member's yes.",
    "It reads the variables API_KEY.",
  ]);
  expect(told({ setup: [], checks: ["npm test", { file: "a.js" }, { command: "npm run lint" }] })[1]).toBe(
    "Each pushed commit is checked by its 3 checks, `npm test`, `npm run lint` among them.",
  );
  expect(told({ setup: [], checks: [{ file: "a.js" }] })[1]).toBe("Each pushed commit is checked by its 1 check.");
  expect(told({ setup: [], checks: [] })[1]).toBe("No checks are run of what is pushed.");
  expect(told({ setup: [], build: "npm run build", site: "dist" }).slice(1)).toEqual([
    "What is served is made with `npm run build`, without a network.",
    "A static site in dist/: index.html, without a server of its own.",
  ]);
});
