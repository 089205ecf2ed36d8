"""What the dashboard shows, to take away: a table, or an archive of photographs with its table."""

from uploads.exporting.order import ExportBroken, Order
from uploads.exporting.sending import sent

__all__ = ["ExportBroken", "Order", "sent"]
