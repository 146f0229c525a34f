import type { Question, Survey } from "../../src/shared/types";

const svg = (hue: number) =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="4" height="3" fill="hsl(${hue} 30% 80%)"/><circle cx="2" cy="1.5" r=".8" fill="hsl(${hue} 40% 45%)"/></svg>`)}`;

const choice = (key: string, label: string) => ({ key, label });
const reasons = [choice("shipping", "Shipping costs too much"), choice("price", "The price is too high"), choice("looking", "I am only looking")];

/** One question of every type, as the server sends it. */
export const gallery = {
  single_choice: { prompt: "What stopped you from ordering today?", help: "One tap is enough.", other: true, choices: reasons },
  multi_choice: { prompt: "What would bring you back?", min: 1, max: 2, other: true, choices: [choice("ship", "Free shipping"), choice("fast", "Faster delivery"), choice("pay", "More ways to pay")] },
  dropdown: { prompt: "Where did you hear about us?", other: true, choices: [choice("friend", "From a friend"), choice("search", "A search engine"), choice("press", "A newspaper")] },
  image_choice: { prompt: "Which glaze do you like best?", choices: [{ key: "blue", label: "Harbour blue", image: svg(210) }, { key: "green", label: "Moss", image: svg(130) }, { key: "red", label: "Brick", image: svg(10) }, { key: "sand", label: "Sand", image: svg(40) }] },
  nps: { prompt: "How likely are you to recommend us to a friend?", low: "Not at all likely", high: "Very likely" },
  csat: { prompt: "How satisfied are you with your order?", style: "faces", max: 5, low: "Very dissatisfied", high: "Very satisfied" },
  ces: { prompt: "It was easy to find what I wanted.", max: 7, low: "Disagree", high: "Agree" },
  rating: { prompt: "How do you rate the photographs?", style: "stars", max: 5, low: "Poor", high: "Excellent" },
  short_text: { prompt: "What were you looking for?", placeholder: "A mug for two" },
  long_text: { prompt: "What would have made it easier?", placeholder: "In your own words", min: 5, max: 500 },
  email: { prompt: "Where may we send it?", placeholder: "you@example.com", consent: "Also write to me about offers, at most once a month." },
  ranking: { prompt: "What matters most to you?", help: "Best first.", choices: [choice("price", "Price"), choice("quality", "Quality"), choice("delivery", "Fast delivery"), choice("service", "Service")] },
  matrix: { prompt: "How was your visit?", rows: [choice("speed", "Speed of the site"), choice("photos", "Photographs"), choice("texts", "Descriptions")], choices: [choice("bad", "Poor"), choice("ok", "Fair"), choice("good", "Good"), choice("great", "Great")] },
  statement: { prompt: "Two short questions, then you are done.", help: "Your answers go to the two of us who throw the mugs." },
} satisfies Record<string, Omit<Question, "key" | "type">>;

export type Type = keyof typeof gallery;
export const types = Object.keys(gallery) as Type[];

export const question = (type: Type, more: Partial<Question> = {}): Question => ({ key: "q", type, ...gallery[type], ...more });

/** A survey of one question. */
export const only = (type: Type, more: Partial<Question> = {}, survey: Partial<Survey> = {}): Survey => ({
  key: type,
  kind: "on_site",
  locale: "en",
  placement: { type: "modal" },
  trigger: { type: "manual" },
  questions: [question(type, more)],
  theme: { accent: "#0b6e4f" },
  ...survey,
});
