/** ECharts with nothing but what is drawn here. Tooltips are ours: its own are HTML with inline styles, which the page's policy forbids. */
import { LineChart, ParallelChart } from 'echarts/charts';
import { AxisPointerComponent, DataZoomComponent, GridComponent, MarkPointComponent, ParallelComponent } from 'echarts/components';
import { init, use, type EChartsType } from 'echarts/core';
import type { EChartsOption } from 'echarts';
import { CanvasRenderer } from 'echarts/renderers';

use([LineChart, ParallelChart, AxisPointerComponent, DataZoomComponent, GridComponent, MarkPointComponent, ParallelComponent, CanvasRenderer]);

export type ChartOption = EChartsOption;
export type Chart = EChartsType;
export { init as initChart };
