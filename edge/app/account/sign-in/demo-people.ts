/** Whom the demo sign-in of a developer's machine offers to be; its code is always the same. */
export const demoPeople = [
  { email: "ada@example.com", name: "Ada Lind", about: "Building her first product" },
  { email: "ben@example.com", name: "Ben Okafor", about: "Runs two small shops" },
  { email: "chiara@example.com", name: "Chiara Rossi", about: "Learning to write software" },
];
export const demoCode = "424242";
