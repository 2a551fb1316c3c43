const escaped = (text: string) => text.replace(/[&<>"]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char]!);

/** The page that the demo model writes: one file, no dependencies, light and dark. */
export function pageHtml(heading: string): string {
  const title = escaped(heading);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <style>
      :root { color-scheme: light dark; --paper: #fbfcfa; --ink: #16211c; --ring: #1f6f57; }
      @media (prefers-color-scheme: dark) { :root { --paper: #111815; --ink: #e6ece8; --ring: #7fd1b3; } }
      * { box-sizing: border-box; }
      body {
        margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 2rem;
        background: var(--paper); color: var(--ink);
        font-family: ui-serif, Georgia, "Times New Roman", serif;
      }
      main { text-align: center; max-width: 44rem; }
      svg { width: 4.5rem; color: var(--ring); }
      circle { fill: none; stroke: currentColor; stroke-width: 2; transform-origin: center; animation: grow 1.2s ease-out both; }
      circle:nth-child(2) { animation-delay: .15s; }
      circle:nth-child(3) { animation-delay: .3s; }
      h1 { margin: 1.5rem 0 0; font-size: clamp(2.5rem, 8vw, 5rem); line-height: 1.1; font-weight: 500; overflow-wrap: anywhere; }
      @keyframes grow { from { transform: scale(.6); opacity: 0; } }
      @media (prefers-reduced-motion: reduce) { circle { animation: none; } }
    </style>
  </head>
  <body>
    <main>
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <circle cx="24" cy="24" r="5"/><circle cx="24" cy="24" r="13"/><circle cx="24" cy="24" r="21"/>
      </svg>
      <h1>${title}</h1>
    </main>
  </body>
</html>
`;
}
