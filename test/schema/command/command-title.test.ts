import fc from "fast-check";
import { expect, test } from "vitest";
import { commandTitle } from "../../../schema/command/command-title.ts";

test.each([
  ["git push origin v1.0.0", ["git push origin v1.0.0"], "Push v1.0.0 to its project"],
  ["cd blog && git push origin v1.0.0", ["git push origin v1.0.0"], "Push v1.0.0 to blog"],
  ["git -C work/blog push -q origin HEAD:main", ["git push -q origin HEAD:main"], "Make it the current version of blog"],
  [
    "cd bakery && git tag -a v1.0.0 -m 'Version 1.0.0' && git push -q origin main --tags",
    ["git push -q origin main --tags"],
    "Make it the current version of bakery, v1.0.0",
  ],
  ["cd blog && git push origin a && cd ../other", ["git push origin a"], "Push a to its project"],
  ["git push", ["git push"], "Push its branch to its project"],
  ["npm install left-pad", ["npm install left-pad"], "Install left-pad"],
  ["npm install -g @types/node pnpm", ["npm install -g @types/node pnpm"], "Install @types/node, pnpm outside of the project"],
  ["yarn global add x", ["yarn global add x"], "Install x outside of the project"],
  ["cargo install ripgrep", ["cargo install ripgrep"], "Install ripgrep outside of the project"],
  ["cargo add serde", ["cargo add serde"], "Install serde"],
  ["go install example.com/x@latest", ["go install example.com/x@latest"], "Install example.com/x@latest outside of the project"],
  ["pip install --user a", ["pip install --user a"], "Install a outside of the project"],
  ["uv pip install a b", ["uv pip install a b"], "Install a, b"],
  ["npm install", ["npm install"], "Install what the project names"],
  ["cd a && npm publish --access=public", ["npm publish --access=public"], "Publish a package"],
  ["twine upload dist/a.whl", ["twine upload dist/a.whl"], "Publish a package"],
  ["cargo publish", ["cargo publish"], "Publish a package"],
  ["npm login", ["npm login"], "Sign in where packages are published"],
  ["npx -y cowsay hi", ["npx -y cowsay hi"], "Download and run cowsay"],
  ["npm run build && go build", ["npm run build", "go build"], "Build, and 1 more command"],
  ["npm test; npm run lint", ["npm test"], "Run the tests"],
  ["rm -rf /opt/a", ["rm -rf /opt/a"], "Run rm"],
  ["rm -r dist", ["rm -r dist"], "Remove dist"],
  ["ls; terraform apply", ["terraform apply"], "Run terraform apply"],
  ["./x.sh; cksum a", ["./x.sh", "cksum a"], "Run x.sh, and 1 more command"],
  ["$X y", ["$X y"], "Run a command"],
])("%s reads as a short line", (command, asked, title) => {
  expect(commandTitle(command, asked)).toBe(title);
});

test("what changes the meaning of a push is never left out: its title then names the command alone", () => {
  for (const more of [
    "--force-with-lease origin main",
    "origin +main",
    "origin :main",
    "https://x.example/a.git main",
    "--all",
    "origin main --delete",
  ])
    expect([more, commandTitle(`git push ${more}`, [`git push ${more}`])]).toEqual([more, "Run git push"]);
});

test("what changes where a package comes from or goes to is never left out", () => {
  for (const [command, title] of [
    ["npm publish --registry=https://x.example", "Run npm publish"],
    ["npm publish --dry-run", "Run npm publish"],
    ["npm login --registry=https://x.example", "Run npm login"],
    ["npm install --registry https://x.example a", "Run npm install"],
    ["npm install -g --registry=x a", "Run npm install"],
    ["pip install -i x a", "Run pip install"],
    ["npm run build -- --outDir /x", "Run npm run"],
    ["npx -p a b", "Run npx"],
  ] as const)
    expect([command, commandTitle(command, [command])]).toEqual([command, title]);
});

test("of whatever command, a title is one short line of plain characters", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.array(fc.string(), { maxLength: 4 }), (command, asked) => {
      expect(commandTitle(`git push ${command}`, [`git push ${command}`, ...asked])).toMatch(/^[\x20-\x7e]{3,600}$/);
    }),
  );
});
