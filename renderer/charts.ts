/** ECharts with nothing but what is drawn here. Tooltips are ours: its own are HTML with inline styles, which the page's policy forbids. */
import { BarChart, HeatmapChart, LineChart, ParallelChart, ScatterChart } from 'echarts/charts';
import { AxisPointerComponent, DataZoomComponent, GridComponent, MarkLineComponent, MarkPointComponent, ParallelComponent, VisualMapComponent } from 'echarts/components';
import { init, use, type ComposeOption, type EChartsType } from 'echarts/core';
import type { BarSeriesOption, HeatmapSeriesOption, LineSeriesOption, ParallelSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import type { DataZoomComponentOption, GridComponentOption, MarkLineComponentOption, MarkPointComponentOption, ParallelComponentOption, VisualMapComponentOption } from 'echarts/components';
import { CanvasRenderer } from 'echarts/renderers';

use([BarChart, HeatmapChart, LineChart, ParallelChart, ScatterChart, AxisPointerComponent, DataZoomComponent, GridComponent, MarkLineComponent, MarkPointComponent, ParallelComponent, VisualMapComponent, CanvasRenderer]);

export type ChartOption = ComposeOption<
  BarSeriesOption | HeatmapSeriesOption | LineSeriesOption | ParallelSeriesOption | ScatterSeriesOption | DataZoomComponentOption | GridComponentOption | MarkLineComponentOption | MarkPointComponentOption | ParallelComponentOption | VisualMapComponentOption
>;
export type Chart = EChartsType;
export { init as initChart };
