// Asks the server. Bodies have the types of the committed OpenAPI document; what is wrong is an `ApiProblem` that says what to do.
import type { components } from '../../build/api.d.ts';

type Schemas = components['schemas'];

export type Product = Schemas['ProductItem'];
export type Objective = Schemas['ObjectiveItem'];
export type StepUse = Schemas['StepUse'];
export type Step = Schemas['StepItem'];
export type StepDetail = Schemas['StepDetailAnswer'];
export type Measured = Schemas['Measured'];
export type Slo = Schemas['SloItem'];
export type SloAnswer = Schemas['SloItemAnswer'];
export type Alert = Schemas['Alert'];
export type Series = Schemas['SeriesBodyAnswer'];
export type Expected = Schemas['ExpectedBodyAnswer'];
export type ExpectedPoint = Schemas['ExpectedPoint'];
export type Change = Schemas['Change'];
export type BoardItem = Schemas['BoardItem'];
export type SloSeries = Schemas['SloSeriesBodyAnswer'];
export type SloBudget = Schemas['SloBudgetAnswer'];
export type SloBudgetPart = Schemas['SloBudgetPart'];
export type Backtest = Schemas['SloBacktestAnswer'];
export type BacktestColumn = Schemas['SloBacktestColumn'];
export type MaintenanceStretch = Schemas['MaintenanceStretch'];
export type Incident = Schemas['IncidentItem'];
export type IncidentDetail = Schemas['IncidentDetailAnswer'];
export type IncidentStep = Schemas['IncidentStep'];
export type LostAttempts = Schemas['LostAttempts'];
export type LostKpi = Schemas['LostKpi'];
export type Kpi = Schemas['KpiItem'];
export type KpiImpactWindow = Schemas['KpiImpactWindow'];
export type SeverityItem = Schemas['SeverityItem'];
export type Explanation = Schemas['StepExplanationBodyAnswer'];
export type Slice = Schemas['Slice'];
export type Document = Schemas['DocumentItem'];
export type Point = Schemas['Point'];
export type Operation = Schemas['OperationItem'];
export type MatrixItem = Schemas['MatrixItem'];
export type Service = Schemas['ServiceItem'];
export type Ingest = Schemas['IngestBodyAnswer'];
export type Registry = Schemas['RegistryBodyAnswer'];
export type Live = Schemas['Live'];
export type LiveImpact = Schemas['LiveImpact'];
export type LiveEvent = Schemas['LiveEvent'];

export type Page<T> = { as_of: number; registry_version: number; items: T[]; next_cursor?: string | null };

export const API = '/api/v1';

export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const why = 'The server cannot be reached. What is shown is what it said last; it is asked again.';
  return answered(`${API}${path}`, { headers: { Accept: 'application/json' }, ...(signal ? { signal } : {}) }, why);
}

// Asks for a change. Browsers say with it that a page of this server sends it, without which a session does not allow one.
export async function command<T>(path: string, body: object): Promise<T> {
  const how = { method: 'POST', headers: { Accept: 'application/json', 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return answered(`${API}${path}`, how, 'The server cannot be reached, so that nothing was changed. Try it again.');
}

export async function answered<T>(path: string, how: RequestInit, unreachable: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, how);
  } catch (error) {
    if (how.signal?.aborted) throw error;
    throw new ApiProblem(503, 'unreachable', unreachable, null);
  }
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const said = (body ?? {}) as { code?: string; message?: string; request_id?: string };
  throw new ApiProblem(
    response.status,
    said.code ?? 'unreadable',
    said.message ?? `The server answered with status ${response.status} and no explanation.`,
    said.request_id ?? null,
  );
}

// All pages of a list, up to a bound that is told to whoever asks.
export async function askAll<T>(path: string, signal?: AbortSignal, most = 10_000): Promise<Page<T>> {
  const all: T[] = [];
  let cursor: string | null | undefined;
  for (;;) {
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page: Page<T> = await ask(`${path}${path.includes('?') ? '&' : '?'}limit=1000${more}`, signal);
    all.push(...page.items);
    cursor = page.next_cursor;
    if (!cursor || all.length >= most) return { ...page, items: all };
  }
}
