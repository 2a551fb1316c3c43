/** A name that boxes may reach. A leading dot is all below it. */
export type EgressName = { name: string; use: string };

/**
 * What every plan's boxes may reach on the internet: the public package registries and the large Git hosts.
 * An operator adds names of their own, or leaves these out. `use` is said to the member.
 */
export const publicEgressNames: readonly EgressName[] = [
  { name: "registry.npmjs.org", use: "JavaScript packages (npm, pnpm)" },
  { name: "registry.yarnpkg.com", use: "JavaScript packages (yarn)" },
  { name: "nodejs.org", use: "headers of Node, for packages that compile" },
  { name: "pypi.org", use: "the list of Python packages (pip, uv)" },
  { name: "files.pythonhosted.org", use: "Python packages (pip, uv)" },
  { name: "proxy.golang.org", use: "Go modules" },
  { name: "sum.golang.org", use: "checksums of Go modules" },
  { name: "index.crates.io", use: "the list of Rust packages (cargo)" },
  { name: "static.crates.io", use: "Rust packages (cargo)" },
  { name: "repo.maven.apache.org", use: "Java packages (Maven, Gradle)" },
  { name: "plugins.gradle.org", use: "plugins of Gradle" },
  { name: "services.gradle.org", use: "Gradle itself" },
  { name: "github.com", use: "Git repositories on GitHub" },
  { name: "api.github.com", use: "releases and tags on GitHub" },
  { name: "codeload.github.com", use: "archives of Git repositories on GitHub" },
  { name: ".githubusercontent.com", use: "files and releases on GitHub" },
  { name: "gitlab.com", use: "Git repositories on GitLab" },
  { name: "bitbucket.org", use: "Git repositories on Bitbucket" },
  { name: "codeberg.org", use: "Git repositories on Codeberg" },
];
