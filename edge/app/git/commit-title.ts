/** What a commit message says it is about: the prefix of a structured one is for machines. */
export function plainCommitTitle(title: string): string {
  const plain = title.replace(/^memory\([a-z, ]+\): /, "");
  return /^[a-z]+_[a-z]+: /.test(plain) ? plain.replace("_", " ") : plain;
}
/** The platform's own first files, not something that was done for the member. */
export function isMemoryLayout(title: string): boolean {
  return title.startsWith("memory(layout)");
}
