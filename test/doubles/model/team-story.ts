/** What the demo model plans when it is asked for a greeting: two files that are built, one of them with a test, then tested, reviewed and merged. */
export const storyPlan = {
  title: "A greeting that is tested",
  story: "The member wants a small greeting that can be trusted.",
  tasks: [
    {
      id: "greeting",
      title: "Write the greeting and its test",
      description: "greet.mjs exports greeting(name), which answers “Hello, <name>!”. greet.test.mjs tries it.",
      project: "greeting",
      owner: "coding",
      outputs: ["greet.mjs", "greet.test.mjs"],
      tests: ["node --test"],
      acceptance: [],
    },
  ],
};
/** One task of its own. */
export function storyTask(project: string) {
  return {
    id: "hello-page",
    title: "A page that says hello",
    project,
    owner: "coding",
    outputs: ["index.html"],
    acceptance: [{ file: "index.html", contains: "Hello" }],
  };
}
