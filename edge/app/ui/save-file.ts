/** Lets the browser save what is at an address of ours, with its own progress; the page stays where it is. */
export function saveAddress(url: string, name: string): void {
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
}
/** Saves bytes as a file. They get no type: nothing in them is opened by the browser. */
export function saveBlob(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  saveAddress(url, name);
  URL.revokeObjectURL(url);
}
