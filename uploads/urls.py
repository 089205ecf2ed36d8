from django.urls import path

from uploads.views import (
    api,
    bulk,
    dashboard,
    deletion,
    editing,
    exporting,
    gradeimport,
    grading,
    image,
    media,
    metadata,
    previewing,
    upload,
)

IMAGE = "direct/uploads/<uuid:public_id>"

app_name = "uploads"
urlpatterns = [
    path("direct/upload", upload.upload, name="upload"),
    path("direct/dashboard", dashboard.dashboard, name="dashboard"),
    path("direct/dashboard/export", exporting.export, name="dashboard-export"),
    path("direct/grades/import", gradeimport.grades_import, name="grades-import"),
    path("direct/uploads/bulk-edit", bulk.bulk_edit, name="bulk-edit"),
    path("direct/uploads/bulk-delete", deletion.bulk_delete, name="bulk-delete"),
    path(
        "direct/uploads/bulk-edits/<uuid:public_id>",
        bulk.bulk_edit_detail,
        name="bulk-edit-detail",
    ),
    path(IMAGE, image.detail, name="image-detail"),
    path(f"{IMAGE}/edit", metadata.edit, name="image-edit"),
    path(f"{IMAGE}/edit-image", editing.editor, name="image-edit-pixels"),
    path(f"{IMAGE}/edit-image/preview", previewing.preview, name="image-edit-preview"),
    path(f"{IMAGE}/edit-image/progress", previewing.progress, name="image-edit-progress"),
    path(f"{IMAGE}/grade", grading.grade, name="image-grade"),
    path(f"{IMAGE}/delete", deletion.delete, name="image-delete"),
    path(f"{IMAGE}/original", media.original, name="image-original"),
    path(f"{IMAGE}/thumbnail", media.thumbnail, name="image-thumbnail"),
    path(f"{IMAGE}/edited", media.edited, name="image-edited"),
    path(f"{IMAGE}/edited-thumbnail", media.edited_thumbnail, name="image-edited-thumbnail"),
    path("direct/thumbnails/<str:signed>", media.signed_thumbnail, name="signed-thumbnail"),
    path("api/uploads/check", api.hash_check, name="hash-check"),
    path("api/upload-jobs", api.job_create, name="job-create"),
    path("api/upload-jobs/<uuid:token>/items/<int:n>", api.item_bytes, name="item-bytes"),
]
