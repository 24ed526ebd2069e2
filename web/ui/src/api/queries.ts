// What pages ask for, by name: each hook is one question, cached by its address.
import { keepPreviousData, queryOptions, useQueries, useQuery, type QueryClient } from '@tanstack/react-query';
import { useAddress } from '../address.ts';
import type { Span } from '../time/range.ts';
import * as api from './client.ts';

const of = (...parts: string[]) => parts.map((part) => `/${encodeURIComponent(part)}`).join('');

// What explains failures is read out of facts, which is work.
const EXPLAINED_EVERY_MS = 20_000;
// What is usual changes when minutes pass; changes are few.
const EXPECTED_EVERY_MS = 30_000;
const CHANGES_EVERY_MS = 10_000;
// More than a chart can show apart.
const MOST_CHANGES = 200;
// More than this nobody scrolls through; the server has the rest.
const MOST_SLOS = 20_000;

export type Resolution = 'minute' | 'hour' | 'day';

function between(span: Span, asOf: string | null = null): string {
  const query = new URLSearchParams({ from: span.from });
  if (span.to !== 'now') query.set('to', span.to);
  if (asOf) query.set('as-of', asOf);
  return query.toString();
}

// The record up to which counts are asked for, where the address names one: what a link shows stays what it showed.
export function useAsOf(): string | null {
  return useAddress().query.get('as-of');
}

export const useProducts = () =>
  useQuery({ queryKey: ['products'], queryFn: ({ signal }) => api.askAll<api.Product>('/products', signal) });

const objectivesOf = (product: string) =>
  queryOptions({
    queryKey: ['live', 'objectives', product],
    queryFn: ({ signal }) => api.askAll<api.Objective>(`${of('products', product)}/objectives`, signal),
  });

export const useObjectives = (product: string) => useQuery(objectivesOf(product));

export const useObjective = (product: string, name: string) =>
  useQuery({
    queryKey: ['live', 'objective', product, name],
    queryFn: ({ signal }) => api.ask<api.Objective & { as_of: number }>(of('products', product, 'objectives', name), signal),
  });

// What the product is judged by, over a time.
export function useKpis(product: string, span: Span) {
  const path = `${of('products', product)}/kpis?${between(span, useAsOf())}`;
  return useQuery({
    queryKey: ['live', 'kpis', path],
    queryFn: ({ signal }) => api.askAll<api.Kpi>(path, signal),
    placeholderData: keepPreviousData,
  });
}

const stepsOf = (product: string) =>
  queryOptions({
    queryKey: ['steps', product],
    queryFn: ({ signal }) => api.askAll<api.Step>(`${of('products', product)}/steps`, signal),
    staleTime: 30_000,
  });

export const useSteps = (product: string) => useQuery(stepsOf(product));

// Asks for what the map of a product needs before there is a page that shows it.
export function expectMap(client: QueryClient, product: string): void {
  void client.prefetchQuery(objectivesOf(product));
  void client.prefetchQuery(stepsOf(product));
}

export function useStep(product: string, name: string, span: Span) {
  const path = `${of('products', product, 'steps', name)}?${between(span, useAsOf())}`;
  return useQuery({
    queryKey: ['live', 'step', path],
    queryFn: ({ signal }) => api.ask<api.StepDetail>(path, signal),
    placeholderData: keepPreviousData,
  });
}

export const seriesPath = (product: string, step: string, span: Span, resolution: Resolution, asOf: string | null) =>
  `${of('products', product, 'steps', step)}/series?${between(span, asOf)}&resolution=${resolution}`;

export const useSeries = (path: string) =>
  useQuery({
    queryKey: ['live', 'series', path],
    queryFn: ({ signal }) => api.ask<api.Series>(path, signal),
    placeholderData: keepPreviousData,
  });

// Without an `as-of`: what is usual is what is known of it now.
export const expectedPath = (product: string, step: string, span: Span, resolution: Resolution) =>
  `${of('products', product, 'steps', step)}/expected?${between(span)}&resolution=${resolution}`;

export const useExpected = (path: string) =>
  useQuery({
    queryKey: ['expected', path],
    queryFn: ({ signal }) => api.ask<api.Expected>(path, signal),
    refetchInterval: EXPECTED_EVERY_MS,
    placeholderData: keepPreviousData,
  });

// What was changed that may reach a step.
export function useChanges(product: string, step: string, span: Span) {
  const path = `/changes?product=${encodeURIComponent(product)}&step=${encodeURIComponent(step)}&${between(span)}`;
  return useQuery({
    queryKey: ['changes', path],
    queryFn: ({ signal }) => api.askAll<api.Change>(path, signal, MOST_CHANGES),
    refetchInterval: CHANGES_EVERY_MS,
    placeholderData: keepPreviousData,
  });
}

export const useSlo = (product: string, name: string) =>
  useQuery({
    queryKey: ['live', 'slo', product, name],
    queryFn: ({ signal }) => api.ask<api.SloAnswer>(of('products', product, 'slos', name), signal),
  });

export const useSlosNamed = (product: string, names: string[]) =>
  useQueries({
    queries: names.map((name) => ({
      queryKey: ['live', 'slo', product, name],
      queryFn: ({ signal }: { signal: AbortSignal }) => api.ask<api.SloAnswer>(of('products', product, 'slos', name), signal),
    })),
  });

export const useBoard = (product: string) =>
  useQuery({
    queryKey: ['board', product],
    queryFn: ({ signal }) => api.askAll<api.BoardItem>(`${of('products', product)}/board`, signal, MOST_SLOS),
    refetchInterval: 15_000,
  });

export const sloSeriesPath = (product: string, slo: string, span: Span, resolution: Resolution, asOf: string | null) =>
  `${of('products', product, 'slos', slo)}/series?${between(span, asOf)}&resolution=${resolution}`;

export const useSloSeries = (path: string) =>
  useQuery({
    queryKey: ['live', 'slo-series', path],
    queryFn: ({ signal }) => api.ask<api.SloSeries>(path, signal),
    placeholderData: keepPreviousData,
  });

// Without a time: of the window so far.
export function sloBudgetPath(product: string, slo: string, span: Span | null, asOf: string | null): string {
  const time = span ? between(span, asOf) : new URLSearchParams(asOf ? { 'as-of': asOf } : {}).toString();
  return `${of('products', product, 'slos', slo)}/budget${time ? `?${time}` : ''}`;
}

export const useSloBudget = (path: string) =>
  useQuery({
    queryKey: ['live', 'slo-budget', path],
    queryFn: ({ signal }) => api.ask<api.SloBudget>(path, signal),
    placeholderData: keepPreviousData,
  });

export const backtestPath = (product: string, slo: string, span: Span, change: Record<string, string>) => {
  const more = new URLSearchParams(change).toString();
  return `${of('products', product, 'slos', slo)}/backtest?${between(span)}${more ? `&${more}` : ''}`;
};

// Gone through when somebody asks, not again and again: it is work, and of the past.
export const useBacktest = (path: string) =>
  useQuery({ queryKey: ['backtest', path], queryFn: ({ signal }) => api.ask<api.Backtest>(path, signal), staleTime: Infinity, retry: false });

export const explanationPath = (product: string, step: string, span: Span) => `${of('products', product, 'steps', step)}/explanation?${between(span)}`;

// Gone through facts when it is asked for; two at once are refused, so that it is asked again by itself.
export const useExplanation = (path: string) =>
  useQuery({
    queryKey: ['explanation', path],
    queryFn: ({ signal }) => api.ask<api.Explanation>(path, signal),
    refetchInterval: EXPLAINED_EVERY_MS,
    retry: 6,
    placeholderData: keepPreviousData,
  });

export const useDocuments = () =>
  useQuery({
    queryKey: ['documents'],
    queryFn: ({ signal }) => api.askAll<api.Document>('/registry/documents', signal),
    staleTime: 30_000,
  });

export const useOperations = (product: string) =>
  useQuery({
    queryKey: ['operations', product],
    queryFn: ({ signal }) => api.askAll<api.Operation>(`${of('products', product)}/operations`, signal),
    refetchInterval: 15_000,
  });

export const useServices = (product: string) =>
  useQuery({
    queryKey: ['services', product],
    queryFn: ({ signal }) => api.askAll<api.Service>(`${of('products', product)}/services`, signal),
    refetchInterval: 15_000,
  });

export const useMatrix = (product: string) =>
  useQuery({
    queryKey: ['matrix', product],
    queryFn: ({ signal }) => api.askAll<api.MatrixItem>(`${of('products', product)}/matrix`, signal),
    refetchInterval: 15_000,
  });

export const useIngest = () =>
  useQuery({
    queryKey: ['ingest'],
    queryFn: ({ signal }) => api.ask<api.Ingest>('/ingest?top=100', signal),
    refetchInterval: 3_000,
  });

export const useRegistry = () =>
  useQuery({
    queryKey: ['registry'],
    queryFn: ({ signal }) => api.ask<api.Registry>('/registry', signal),
    refetchInterval: 5_000,
  });
