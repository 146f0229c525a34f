/** An amount in units of 10^-`unit`, as shops count it, in the currency's own minor units. */
export const minor = (amount: number, unit: number, currency: string): number => {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return Math.round(amount * 10 ** (digits - unit));
};
