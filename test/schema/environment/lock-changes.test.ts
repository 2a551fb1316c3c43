import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareLocks, describeLockChanges, isSuspicious, type LockChanges } from "../../../schema/environment/lock-changes.ts";

/** A package of the samples; what is not given is as its own registry has it. */
type Sample = { name: string; version: string; hash?: string; from?: string; bare?: boolean };
const npmTarball = ({ name, version, from }: Sample) => from ?? `https://registry.npmjs.org/${name}/-/${name}-${version}.tgz`;
const hashOf = ({ name, version, hash }: Sample) => hash ?? `h-${name}-${version}`;
const wheel = ({ name, version, from }: Sample) => from ?? `https://files.pythonhosted.org/ab/${name}-${version}-py3-none-any.whl`;
const npmEntry = (sample: Sample) => ({
  version: sample.version,
  resolved: npmTarball(sample),
  ...(sample.bare ? {} : { integrity: `sha512-${hashOf(sample)}` }),
});
const npmLock = (samples: Sample[]) =>
  JSON.stringify({
    lockfileVersion: 3,
    packages: { "": { name: "p" }, ...Object.fromEntries(samples.map((sample) => [`node_modules/${sample.name}`, npmEntry(sample)])) },
  });
const oldNpmLock = (samples: Sample[]) => {
  const [first, ...nested] = samples.map((sample) => [sample.name, npmEntry(sample)] as const);
  const dependencies = first ? { [first[0]]: { ...first[1], dependencies: Object.fromEntries(nested) } } : {};
  return JSON.stringify({ lockfileVersion: 1, dependencies });
};
const pnpmLock = (samples: Sample[], [version, slash] = ["9.0", ""]) =>
  `lockfileVersion: '${version}'\n\npackages:\n${samples
    .map((sample) => {
      const parts = [...(sample.bare ? [] : [`integrity: sha512-${hashOf(sample)}`]), ...(sample.from ? [`tarball: ${sample.from}`] : [])];
      const notes = "    deprecated: |-\n      a: note\n    transitivePeerDependencies:\n      - '@a/b'\n    engines: {node: '>=6'}\n";
      return `\n  '${slash}${sample.name}@${sample.version}':\n    resolution: {${parts.join(", ") || "type: none"}}\n${notes}`;
    })
    .join("")}`;
const yarnLock = (samples: Sample[]) =>
  `# yarn lockfile v1\n\n${samples
    .map((sample) => {
      const integrity = sample.bare ? "" : `  integrity sha512-${hashOf(sample)}\n`;
      const head = `"${sample.name}@>= 1", ${sample.name}@^1.0.0:\n  version "${sample.version}"\n`;
      return `${head}  resolved "${npmTarball(sample)}"\n${integrity}  dependencies:\n    "@a/b" "^1"\n`;
    })
    .join("\n")}`;
const uvLock = (samples: Sample[]) =>
  `version = 1\n\n[[package]]\nname = "p"\nsource = { virtual = "." }\n${samples
    .map((sample) => {
      const hash = sample.bare ? "" : `, hash = "sha256:${hashOf(sample)}"`;
      const head = `\n[[package]]\nname = "${sample.name}"\nversion = "${sample.version}"\nsource = { registry = "https://pypi.org/simple" }\n`;
      return `${head}wheels = [\n  { url = "${wheel(sample)}"${hash} },\n]\n`;
    })
    .join("")}`;
const poetryLock = (samples: Sample[]) =>
  `${samples
    .map((sample) => {
      const file = wheel({ ...sample, from: undefined! })
        .split("/")
        .at(-1);
      const files = sample.bare ? "[]" : `[{file = "${file}", hash = "sha256:${hashOf(sample)}"}]`;
      const source = sample.from ? `\n[package.source]\ntype = "url"\nurl = "${sample.from}"\n` : "";
      return `[[package]]\nname = "${sample.name}"\nversion = "${sample.version}"\nfiles = ${files}\n${source}\n`;
    })
    .join("")}[metadata]\nlock-version = "2.1"\n`;
const cargoLock = (samples: Sample[]) =>
  `version = 4\n\n[[package]]\nname = "p"\nversion = "0.1.0"\n${samples
    .map((sample) => {
      const source = sample.from ?? "registry+https://github.com/rust-lang/crates.io-index";
      const checksum = sample.bare ? "" : `checksum = "${hashOf(sample)}"\n`;
      return `\n[[package]]\nname = "${sample.name}"\nversion = "${sample.version}"\nsource = "${source}"\n${checksum}`;
    })
    .join("")}`;
const goSum = (samples: Sample[]) =>
  samples.map((sample) => `${sample.name} ${sample.version} h1:${hashOf(sample)}\n${sample.name} v0.1.0/go.mod h1:m=\n`).join("");
const requirements = (samples: Sample[]) =>
  `# pinned \\\n${samples
    .map((sample) => {
      const hash = sample.bare ? "" : ` \\\n    --hash=sha256:${hashOf(sample)}`;
      return `${sample.name}${sample.from ? ` @ ${sample.from}` : `==${sample.version}`}${hash}\n`;
    })
    .join("")}`;

const evil = "https://evil.example/x.tgz";
type Format = { title: string; path: string; write: (samples: Sample[]) => string; from?: string; loses?: boolean; sourced?: boolean };
const formats: Format[] = [
  { title: "package-lock.json", path: "package-lock.json", write: npmLock },
  { title: "npm-shrinkwrap.json of npm 6", path: "web/npm-shrinkwrap.json", write: oldNpmLock },
  { title: "pnpm-lock.yaml", path: "pnpm-lock.yaml", write: (samples) => pnpmLock(samples) },
  { title: "pnpm-lock.yaml of pnpm 8", path: "pnpm-lock.yaml", write: (samples) => pnpmLock(samples, ["6.0", "/"]) },
  { title: "yarn.lock", path: "yarn.lock", write: yarnLock },
  { title: "uv.lock", path: "uv.lock", write: uvLock, from: "https://files.pythonhosted.org/ab/evil-1.0.0-py3-none-any.whl" },
  { title: "poetry.lock", path: "poetry.lock", write: poetryLock },
  { title: "Cargo.lock", path: "Cargo.lock", write: cargoLock, from: "git+https://evil.example/x#abc" },
  { title: "go.sum", path: "go.sum", write: goSum, loses: false, sourced: false },
  { title: "requirements.txt", path: "api/requirements-dev.txt", write: requirements },
];
const none = { added: [], removed: [], updated: [], elsewhere: [], swapped: [], unverified: [] };
const [a, b, c] = [
  { name: "aa", version: "1.0.0" },
  { name: "bb", version: "1.0.0" },
  { name: "cc", version: "1.0.0" },
];
const brokenTexts = ["{", "<<<<<<< ours\na: b\n=======\n>>>>>>> theirs\n", "x".repeat(4 * 1024 * 1024 + 1)];

describe.each(formats)("in $title", ({ path, write, from = evil, loses = true, sourced = true }) => {
  const compare = (before: Sample[] | undefined, after: Sample[]) => compareLocks(path, before && write(before), write(after));
  test("packages are added, removed and updated", () => {
    const changes = compare([a, b], [a, { ...b, version: "1.1.0" }, c]);
    expect(changes).toEqual({ ...none, added: ["cc 1.0.0"], updated: ["bb from 1.0.0 to 1.1.0"] });
    expect(compare([a, b], [a])).toEqual({ ...none, removed: ["bb 1.0.0"] });
    expect(compare([a, b], [a, b])).toEqual(none);
  });
  test("all packages of a new file are added, and none is suspicious", () => {
    expect(compare(undefined, [a, b])).toEqual({ ...none, added: ["aa 1.0.0", "bb 1.0.0"] });
    expect(compareLocks(path, write([a]), undefined)).toEqual({ ...none, removed: ["aa 1.0.0"] });
    expect(compareLocks(path, undefined, undefined)).toEqual(none);
  });
  test("other content at the same version is named", () => {
    expect(compare([a, b], [a, { ...b, hash: "other" }])).toEqual({ ...none, swapped: ["bb 1.0.0"] });
  });
  if (loses)
    test("a package that lost its hash, or came without, is named", () => {
      expect(compare([a, b], [a, { ...b, bare: true }])).toEqual({ ...none, unverified: ["bb 1.0.0"] });
      expect(compare([a], [a, { ...b, bare: true }])).toEqual({ ...none, added: ["bb 1.0.0"], unverified: ["bb 1.0.0"] });
      expect(compare([a, { ...b, bare: true }], [a, { ...b, bare: true }])).toEqual(none);
    });
  if (sourced)
    test("a package that comes from somewhere else is named while that is new", () => {
      const elsewhere = compare([a, b], [a, { ...b, from }])?.elsewhere;
      expect(elsewhere).toEqual([expect.stringMatching(/^bb\b/)]);
      expect(elsewhere?.[0]).toContain(from);
      expect(compare(undefined, [a, { ...b, from }])?.elsewhere).toEqual(elsewhere);
      expect(compare([a, { ...b, from }], [a, { ...b, from }])).toEqual(none);
    });
  test("a broken or too long text is not read", () => {
    for (const text of brokenTexts)
      expect([compareLocks(path, undefined, text), compareLocks(path, text, undefined)]).toEqual([undefined, undefined]);
  });
  test("any text gets an answer", () => {
    const sample = write([a, { ...b, from }, { ...c, bare: true }]);
    const cut = fc.tuple(fc.nat(sample.length), fc.nat(sample.length), fc.string({ unit: "binary", maxLength: 4 }));
    const mangled = cut.map(([start, end, between]) => sample.slice(0, start) + between + sample.slice(end));
    const text = fc.option(fc.oneof(fc.string({ unit: "binary" }), fc.json(), mangled), { nil: undefined });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const changes = compareLocks(path, before, after);
        return changes === undefined || describeLockChanges(changes).every((line) => !line.includes("\n"));
      }),
    );
  });
  test("much of the worst text comes to an end", () => {
    const pieces = [..."[{'\"\n \u2028x/@%", ..."? |- |a: |, |a:\n|\\\n|#\n|a@1|a.|---\n".split("|")];
    const sample = write([a]);
    for (const start of ["", sample, sample.slice(0, sample.length / 2)])
      for (const piece of pieces) compareLocks(path, undefined, start + piece.repeat(300_000 / piece.length));
    const many = Array.from({ length: 8000 }, (_, index) => ({ name: `aa${index}`, version: "1.0.0" }));
    expect(compare(many, [...many.slice(1), b])).toMatchObject({ added: ["bb 1.0.0"], removed: ["aa0 1.0.0"] });
  });
});

test("a file by another name is not read", () => {
  for (const path of ["package.json", "yarn.lock/x", "__proto__", "constructor", "pdm.lock", ""])
    expect(compareLocks(path, undefined, undefined)).toBeUndefined();
});

describe("an npm lock", () => {
  const lock = (packages: object) => JSON.stringify({ lockfileVersion: 3, packages });
  const compare = (before: object, after: object) => compareLocks("package-lock.json", lock(before), lock(after));
  const [aa, vitest] = [npmEntry(a), npmEntry({ name: "vitest", version: "1.0.0" })];
  const before = { "node_modules/aa": aa, "node_modules/vitest": vitest };
  const tarball = "https://registry.npmjs.org/evil/-/evil-1.0.0.tgz";

  test("tells of a test runner that was replaced by another package's tarball", () => {
    const changes = compare(before, { ...before, "node_modules/vitest": { ...vitest, resolved: tarball, integrity: "sha512-x" } })!;
    expect(isSuspicious(changes)).toBe(true);
    expect(describeLockChanges(changes)).toEqual([
      `Not from where its name says: vitest 1.0.0 from ${tarball}.`,
      "Other content at the same version: vitest 1.0.0.",
    ]);
  });
  const addresses = [
    ["an older version", "https://registry.npmjs.org/vitest/-/vitest-0.1.0.tgz"],
    ["another registry", "https://npm.evil.example/vitest/-/vitest-1.0.0.tgz"],
    ["a folder of the registry", "https://registry.npmjs.org/evil/-/vitest/-/vitest-1.0.0.tgz"],
    ["a name behind the address", `${tarball}?/vitest/-/vitest-1.0.0.tgz`],
    ["an address without encryption", "http://registry.npmjs.org/vitest/-/vitest-1.0.0.tgz"],
    ["a repository", "git+ssh://git@github.com/evil/vitest.git#abc"],
    ["a file", "file:vitest.tgz"],
  ] as const;
  test.each(addresses)("tells of %s", (_, resolved) => {
    const elsewhere = [`vitest 1.0.0 from ${resolved}`];
    expect(compare(before, { ...before, "node_modules/vitest": { ...vitest, resolved } })).toMatchObject({ elsewhere });
    const nested = { ...before, "node_modules/aa/node_modules/vitest": { ...vitest, resolved } };
    expect(compare(before, nested)).toMatchObject({ added: [], elsewhere });
  });
  test("tells of an alias or a folder in the place of a package", () => {
    const alias = { ...npmEntry({ name: "evil", version: "1.0.0" }), name: "evil" };
    expect(compare(before, { ...before, "node_modules/vitest": alias })).toEqual({
      ...none,
      added: ["vitest (evil) 1.0.0"],
      removed: ["vitest 1.0.0"],
      elsewhere: ["vitest (evil) 1.0.0 from the package evil"],
    });
    expect(compare({ ...before, "node_modules/vitest": alias }, before)?.elsewhere).toEqual([]);
    const link = { resolved: "packages/fake", link: true };
    expect(compare(before, { ...before, "node_modules/vitest": link })?.elsewhere).toEqual(["vitest from packages/fake"]);
  });
  test("takes aliases, links, scopes, mirrors of the same registry and bundled packages as they are", () => {
    const scoped = { version: "1.0.0", resolved: "https://registry.yarnpkg.com/@s/n/-/n-1.0.0.tgz", integrity: "sha512-n" };
    const more = {
      "packages/own": { name: "own", version: "1.0.0" },
      "node_modules/own": { resolved: "packages/own", link: true },
      "node_modules/other": { ...npmEntry(b), name: "bb" },
      "node_modules/@s/n": scoped,
      "node_modules/@s/n/node_modules/in": { version: "1.0.0", inBundle: true },
    };
    expect(compare(before, { ...before, ...more })).toEqual({ ...none, added: ["@s/n 1.0.0", "in 1.0.0", "other (bb) 1.0.0"] });
  });
  test("sees a swap in a place below, or of a version that moves to another place", () => {
    const nested = { ...before, "node_modules/aa/node_modules/vitest": vitest };
    const swapped = { ...vitest, integrity: "sha512-x" };
    for (const old of [nested, before])
      expect(compare(old, { ...nested, "node_modules/aa/node_modules/vitest": swapped })).toEqual({ ...none, swapped: ["vitest 1.0.0"] });
  });
  test("may gain or lose some of the hashes of a package", () => {
    const two = { ...before, "node_modules/vitest": { ...vitest, integrity: `sha1-x ${vitest.integrity}` } };
    expect([compare(before, two), compare(two, before)]).toEqual([none, none]);
  });
  test("with a registry of its own tells of packages from another", () => {
    const inFeed = (name: string) => ({ ...npmEntry(a), resolved: `https://npm.own.example/feed/${name}/-/${name}-1.0.0.tgz` });
    const old = { "node_modules/aa": inFeed("aa"), "node_modules/bb": inFeed("bb") };
    expect(compare({}, old)).toMatchObject({ elsewhere: [] });
    expect(compare(old, { ...old, "node_modules/cc": inFeed("cc") })).toMatchObject({ elsewhere: [] });
    const elsewhere = ["vitest 1.0.0 from https://registry.npmjs.org"];
    expect(compare(old, { ...old, "node_modules/vitest": vitest })).toMatchObject({ elsewhere });
  });
});

test("pnpm's lock tells of another package, a folder or a repository under a name", () => {
  const lock = (version: string, resolution = "{integrity: sha512-v}") =>
    `---\nlockfileVersion: '9.0'\n---\nlockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    devDependencies:\n      vitest:\n        specifier: ^1.0.0\n        version: ${version}\n\npackages:\n\n  vitest@1.0.0:\n    resolution: ${resolution}\n\nsnapshots:\n\n  vitest@1.0.0: {}\n`;
  const elsewhere = (after: string) => compareLocks("pnpm-lock.yaml", lock("1.0.0(x@1)"), after)?.elsewhere;
  expect(elsewhere(lock("1.0.0"))).toEqual([]);
  expect(elsewhere(lock("evil@1.0.0"))).toEqual(["vitest (evil) 1.0.0 from the package evil"]);
  expect(elsewhere(lock("1.0.0", "{integrity: sha512-e}\n    name: evil"))).toEqual(["vitest (evil) 1.0.0 from the package evil"]);
  expect(elsewhere(lock("link:fake"))).toEqual(["vitest link:fake from link:fake"]);
  expect(elsewhere(lock("1.0.0", "{type: git, repo: https://e.example/x.git, commit: abc}"))).toEqual([
    "vitest 1.0.0 from https://e.example/x.git#abc",
  ]);
});
test.each([
  ["short forms", "packages: {vitest@1.0.0: {resolution: {integrity: x}}}\n"],
  ["references", "packages: &a\n  b: *a\n"],
  ["a key given twice", "packages:\n  a@1:\n    version: 1\n  a@1:\n    version: 1\n"],
  ["hidden commas", "packages:\n  a@1:\n    resolution: {integrity: x,tarball: https://e.example/x.tgz}\n"],
])("a lock of pnpm with %s is not read", (_, text) => {
  expect(compareLocks("pnpm-lock.yaml", undefined, `lockfileVersion: '9.0'\n\n${text}`)).toBeUndefined();
});
test("yarn's lock counts the hash behind an address, and knows aliases", () => {
  const lock = (hash: string) =>
    `x@npm:aa@^1:\n  version "1.0.0"\n  resolved "https://registry.yarnpkg.com/aa/-/aa-1.0.0.tgz#${hash.repeat(40)}"\n`;
  expect(compareLocks("yarn.lock", undefined, lock("a"))).toEqual({ ...none, added: ["x (aa) 1.0.0"] });
  expect(compareLocks("yarn.lock", lock("a"), lock("b"))).toMatchObject({ swapped: ["x (aa) 1.0.0"] });
  expect(compareLocks("yarn.lock", undefined, '__metadata:\n  version: 8\n"a@npm:1":\n  version: 1\n')).toBeUndefined();
});
test("uv's lock tells of a folder or another host's file in the place of a package, and folds names", () => {
  const lock = (source: string, url = wheel({ name: "Py_Test", version: "7.1" })) =>
    `[[package]]\nname = "py.test"\nversion = "7.1"\nsource = { ${source} }\nwheels = [{ url = "${url}", hash = "sha256:a" }]\n`;
  const before = lock('registry = "https://pypi.org/simple"');
  const elsewhere = (after: string) => compareLocks("uv.lock", before, after)?.elsewhere;
  expect(compareLocks("uv.lock", undefined, before)).toEqual({ ...none, added: ["py-test 7.1"] });
  expect(elsewhere(lock('editable = "fake"'))).toEqual(["py-test 7.1 from fake"]);
  expect(elsewhere(lock('git = "https://e.example/x#a"'))).toEqual(["py-test 7.1 from https://e.example/x#a"]);
  for (const url of ["https://e.example/py_test-7.1.whl", "https://files.pythonhosted.org/py_test_evil-7.1.whl"])
    expect(elsewhere(lock('registry = "https://pypi.org/simple"', url))).toEqual([expect.stringContaining(new URL(url).host)]);
});
test("a crate of the project in the place of one of the registry is told", () => {
  const local = '[[package]]\nname = "aa"\nversion = "1.0.0"\n';
  expect(compareLocks("Cargo.lock", cargoLock([a]), local)?.elsewhere).toEqual(["aa 1.0.0 from a folder of the project"]);
  expect(compareLocks("Cargo.lock", undefined, local)).toEqual(none);
});
test("a list of requirements tells of options and addresses that are new, and of versions left open", () => {
  const compare = (before: string, after: string) => compareLocks("constraints.txt", before, after);
  const lines = ["-e .", "--index-url https://e.example", "-r base.txt", "six @ https://e.example/six.whl", "git+https://e.example/x"];
  expect(compare("aa==1.0.0\n", "--require-hashes\n--only-binary :all:\naa==1.0.0\n")).toEqual(none);
  for (const line of lines) expect(compare("aa==1.0.0\n", `aa==1.0.0\n${line}\n`)?.elsewhere).toEqual([line]);
  expect(compare("-r base.txt\naa\n", "aa\n-r base.txt # again\nAA[x] ; python_version>'3'\n")).toEqual(none);
  expect(compare("aa==1.0.0\n", "aa>=1\n")).toEqual({ ...none, updated: ["aa from 1.0.0 to any version"], unverified: ["aa"] });
  const versions = Array.from({ length: 200_000 }, (_, index) => `aa==${index}\n`).join("");
  expect(compare("", versions)?.added).toHaveLength(200_000);
  expect(compare("", "# a note \\\n-r evil.txt\n")?.elsewhere).toEqual(["-r evil.txt"]);
  expect(compare("", "# a note\u2028-r evil.txt\n")).toBeUndefined();
});
test("the words name at most thirty packages each, on one line each", () => {
  const changes: LockChanges = { ...none, added: Array.from({ length: 32 }, (_, index) => `p${index} 1`), removed: ["ms 2.1.3"] };
  const [added, removed] = describeLockChanges(changes);
  expect(added).toMatch(/^Packages added: p0 1, .*, p29 1 and 2 more\.$/);
  expect(removed).toBe("Packages removed: ms 2.1.3.");
  expect([isSuspicious(changes), describeLockChanges(none)]).toEqual([false, []]);
});
