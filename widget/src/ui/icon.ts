const SVG = "http://www.w3.org/2000/svg";

export const CLOSE = "M6 6l12 12M18 6 6 18";
export const CHECK = "M5 12.5l4.5 4.5L19 7.5";
export const UP = "M6 15l6-6 6 6";
export const DOWN = "M6 9l6 6 6-6";
export const STAR = "M12 3l2.8 5.7 6.2.9-4.5 4.4 1 6.2-5.5-2.9-5.5 2.9 1-6.2L3 9.6l6.2-.9z";

/** A face from -1, unhappy, to 1. */
export const face = (mood: number): string =>
  `M12 3a9 9 0 100 18 9 9 0 100-18M9 9.5v.5M15 9.5v.5M8.3 ${15.2 - mood}q3.7 ${mood * 3.6} 7.4 0`;

/** Draws a path on a field of 24 by 24, in the colour of the text around it. */
export const icon = (path: string): SVGElement => {
  const [svg, line] = ["svg", "path"].map((tag) => document.createElementNS(SVG, tag)) as [SVGElement, SVGElement];
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
};
