/** A commit's title without the prefix for machines. */
export function plainCommitTitle(title: string): string {
  const plain = title.replace(/^memory\([a-z, ]+\): /, "");
  return /^[a-z]+_[a-z]+: /.test(plain) ? plain.replace("_", " ") : plain;
}
/** Whether a commit is the platform's own first files. */
export function isMemoryLayout(title: string): boolean {
  return title.startsWith("memory(layout)");
}
