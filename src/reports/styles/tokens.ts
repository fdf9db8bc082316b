/** Colours, measures and the page's ground, light and dark. The dark set is named twice: by the system, by the reader. */
const light = `--ground: #f5f7f9; --surface: #ffffff; --ink: #16202c; --muted: #5d6b7a; --line: #e2e7ec; --faint: #b9c3cd;
  --hover: #f0f4f7; --accent: #0068a8; --accent-soft: #e4f0f8; --front: #0068a8; --student: #93a4b5; --pruned: #8f897f;
  --baseline: #b87400; --teacher: #8f2b08; --promoted: #b0447f; --bad: #b42318; --bad-soft: #fdeeec;
  --shadow: 0 1px 2px rgb(16 24 40 / 5%), 0 4px 16px rgb(16 24 40 / 4%);
  --hue0: #0068a8; --hue1: #db7458; --hue2: #133e35; --hue3: #e5347b; --hue4: #7d0cdd; --hue5: #5b4117; color-scheme: light;`;
const dark = `--ground: #0e141b; --surface: #161d26; --ink: #e6ebf0; --muted: #95a3b2; --line: #25303c; --faint: #4a5766;
  --hover: #1d2631; --accent: #5cb8f0; --accent-soft: #16303f; --front: #5cb8f0; --student: #7a8da0; --pruned: #918a7f;
  --baseline: #f3c46a; --teacher: #f4683a; --promoted: #e88bbd; --bad: #ff9a8f; --bad-soft: #351c1b;
  --shadow: 0 1px 2px rgb(0 0 0 / 30%), 0 6px 20px rgb(0 0 0 / 18%);
  --hue0: #5cb8f0; --hue1: #f6d28a; --hue2: #e03d81; --hue3: #cdede7; --hue4: #8145f2; --hue5: #e71e06; color-scheme: dark;`;

export const tokens = `
:root { ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
:root[data-theme='light'] { ${light} }
:root[data-theme='dark'] { ${dark} }
`;
