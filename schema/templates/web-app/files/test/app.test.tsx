import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { App } from "../src/app.tsx";

test("it shows its title, the list, and what is left to do", () => {
  const page = renderToStaticMarkup(
    <App
      title="Groceries"
      first={[
        { id: 1, text: "Flour", done: true },
        { id: 2, text: "<Salt>", done: false },
      ]}
    />,
  );
  expect(page).toContain("<h1>Groceries</h1>");
  expect(page).toContain('<p role="status">1 left to do</p>');
  expect(page).toMatch(/<label class="done"><input type="checkbox" checked=""\/>Flour<\/label>/);
  expect(page).toContain("&lt;Salt&gt;");
});
