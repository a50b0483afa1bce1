/* An external kernel in one C file: a direct convolution from its definition, for
 *
 *     bench verify --external ./external_kernel --problem ic64ih56oc64oh56kh3ph1mb1
 *
 * It speaks the protocol of Documentation/external-kernels.md. Build it with make, or
 *
 *     cc -std=gnu11 -O3 -march=native -o external_kernel external_kernel.c
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- As much JSON as the protocol needs: the value behind a key, found by its text. ----
 *
 * Every key that is looked for occurs once in its command, except for path and bytes, which are looked for behind the name
 * of their tensor. Names and problems are plain text, so no string holds anything that looks like a key. */

/* The text behind `"key":`, from a place on; NULL where there is none. */
static const char *find(const char *text, const char *key) {
  char quoted[64];
  if (text == NULL) return NULL;
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char *found = strstr(text, quoted);
  return found == NULL ? NULL : found + strlen(quoted);
}

static long number(const char *text, const char *key, long otherwise) {
  const char *value = find(text, key);
  return value == NULL ? otherwise : strtol(value, NULL, 10);
}

static int has(const char *text, const char *key, const char *expected) {
  const char *value = find(text, key);
  return value != NULL && strncmp(value, expected, strlen(expected)) == 0;
}

/* ---- Problems ---- */

struct tensor {
  void *mapping;
  size_t mapped;
  float *elements; /* NULL where the command names no such tensor */
};

struct problem {
  long id; /* 0: not in use */
  long batch, input_channels, input_height, input_width;
  long output_channels, output_height, output_width;
  long filter_height, filter_width, stride_height, stride_width;
  long padding_top, padding_left, dilation_height, dilation_width, groups;
  int is_nhwc;
  float lowest, highest; /* what the activation lets through */
  struct tensor weights, bias, input, residual, output;
};

#define MOST_PROBLEMS 64
static struct problem problems[MOST_PROBLEMS];

static struct problem *lookup(long id) {
  for (int i = 0; i < MOST_PROBLEMS; i++) {
    if (problems[i].id == id) return &problems[i];
  }
  return NULL;
}

/* Maps the whole file; the tensor lies at its offset. Returns 0 where that fails. */
static int map(const char *tensors, const char *name, int protection, struct tensor *tensor) {
  memset(tensor, 0, sizeof *tensor);
  const char *description = find(tensors, name);
  if (description == NULL) return 1;
  const char *path = find(description, "path");
  const char *end = path == NULL ? NULL : strchr(path + 1, '"');
  if (end == NULL) return 0;
  char *copy = strndup(path + 1, (size_t)(end - path - 1));
  int file = open(copy, protection & PROT_WRITE ? O_RDWR : O_RDONLY);
  free(copy);
  if (file < 0) return 0;
  struct stat status;
  int is_known = fstat(file, &status) == 0;
  tensor->mapped = is_known ? (size_t)status.st_size : 0;
  tensor->mapping = is_known ? mmap(NULL, tensor->mapped, protection, MAP_SHARED, file, 0) : MAP_FAILED;
  close(file);
  if (tensor->mapping == MAP_FAILED) {
    tensor->mapping = NULL;
    return 0;
  }
  tensor->elements = (float *)((char *)tensor->mapping + number(description, "offset", 0));
  return 1;
}

static void release(struct problem *p) {
  struct tensor *all[] = {&p->weights, &p->bias, &p->input, &p->residual, &p->output};
  for (int i = 0; i < 5; i++) {
    if (all[i]->mapping != NULL) munmap(all[i]->mapping, all[i]->mapped);
  }
  memset(p, 0, sizeof *p);
}

/* Reads a `prepare`; NULL where it can't be done. A kernel that packs its weights does so here. */
static struct problem *prepare(const char *line) {
  struct problem *p = lookup(0);
  if (p == NULL) return NULL;
  p->batch = number(line, "batch", 1);
  p->input_channels = number(line, "inputChannels", 1);
  p->input_height = number(line, "inputHeight", 1);
  p->input_width = number(line, "inputWidth", 1);
  p->output_channels = number(line, "outputChannels", 1);
  p->output_height = number(line, "outputHeight", 1);
  p->output_width = number(line, "outputWidth", 1);
  p->filter_height = number(line, "filterHeight", 1);
  p->filter_width = number(line, "filterWidth", 1);
  p->stride_height = number(line, "strideHeight", 1);
  p->stride_width = number(line, "strideWidth", 1);
  p->padding_top = number(line, "paddingTop", 0);
  p->padding_left = number(line, "paddingLeft", 0);
  p->dilation_height = number(line, "dilationHeight", 1);
  p->dilation_width = number(line, "dilationWidth", 1);
  p->groups = number(line, "groups", 1);
  p->is_nhwc = has(line, "layout", "\"nhwc\"");
  p->lowest = has(line, "activation", "\"identity\"") ? -__builtin_inff() : 0;
  p->highest = has(line, "activation", "\"relu6\"") ? 6 : __builtin_inff();
  const char *tensors = find(line, "tensors");
  if (!map(tensors, "weights", PROT_READ, &p->weights) || !map(tensors, "bias", PROT_READ, &p->bias) ||
      !map(tensors, "input", PROT_READ, &p->input) || !map(tensors, "residual", PROT_READ, &p->residual) ||
      !map(tensors, "output", PROT_READ | PROT_WRITE, &p->output) || p->weights.elements == NULL ||
      p->input.elements == NULL || p->output.elements == NULL) {
    release(p);
    return NULL;
  }
  p->id = number(line, "id", 0);
  return p;
}

/* ---- The convolution ---- */

static void convolve(const struct problem *p) {
  const long inputs = p->input_channels / p->groups, outputs = p->output_channels / p->groups;
  /* From one channel, row and column of a tensor to the next. */
  const long input_pixels = p->input_height * p->input_width, output_pixels = p->output_height * p->output_width;
  const long ic = p->is_nhwc ? 1 : input_pixels, ix = p->is_nhwc ? p->input_channels : 1, iy = ix * p->input_width;
  const long oc = p->is_nhwc ? 1 : output_pixels, ox = p->is_nhwc ? p->output_channels : 1, oy = ox * p->output_width;
  const long taps = p->filter_height * p->filter_width;
  for (long n = 0; n < p->batch; n++) {
    for (long k = 0; k < p->output_channels; k++) {
      const float *input = p->input.elements + n * p->input_channels * input_pixels + k / outputs * inputs * ic;
      const float *weights = p->weights.elements + k * inputs * taps;
      for (long y = 0; y < p->output_height; y++) {
        for (long x = 0; x < p->output_width; x++) {
          float sum = 0;
          for (long r = 0; r < p->filter_height; r++) {
            const long row = y * p->stride_height + r * p->dilation_height - p->padding_top;
            if (row < 0 || row >= p->input_height) continue;
            for (long s = 0; s < p->filter_width; s++) {
              const long column = x * p->stride_width + s * p->dilation_width - p->padding_left;
              if (column < 0 || column >= p->input_width) continue;
              const float *pixel = input + row * iy + column * ix;
              const float *weight = weights + r * p->filter_width + s;
              for (long c = 0; c < inputs; c++) sum += pixel[c * ic] * weight[c * taps];
            }
          }
          const long place = n * p->output_channels * output_pixels + k * oc + y * oy + x * ox;
          if (p->bias.elements != NULL) sum += p->bias.elements[k];
          if (p->residual.elements != NULL) sum += p->residual.elements[place];
          p->output.elements[place] = sum < p->lowest ? p->lowest : sum > p->highest ? p->highest : sum;
        }
      }
    }
  }
}

/* ---- The conversation ---- */

static long long nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC_RAW, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    if (has(line, "type", "\"hello\"")) {
      printf("{\"type\":\"hello\",\"protocol\":1,\"name\":\"example-c\",\"version\":\"1.0\","
             "\"capabilities\":{\"layouts\":[\"nchw\",\"nhwc\"],\"maxThreads\":1},\"notes\":\"naive, compiled by %s\"}\n",
#if defined(__clang__)
             "clang");
#else
             "cc");
#endif
    } else if (has(line, "type", "\"prepare\"")) {
      const long long start = nanoseconds();
      const struct problem *p = prepare(line);
      if (p == NULL) {
        printf("{\"type\":\"error\",\"reason\":\"can't map the tensors\"}\n");
      } else {
        const long pixels = p->batch * p->input_channels * p->input_height * p->input_width;
        const long results = p->batch * p->output_channels * p->output_height * p->output_width;
        printf("{\"type\":\"prepared\",\"id\":%ld,\"nanoseconds\":%lld,\"inputBytes\":%ld,\"outputBytes\":%ld}\n", p->id,
               nanoseconds() - start, 4 * pixels, 4 * results);
      }
    } else if (has(line, "type", "\"run\"")) {
      const struct problem *p = lookup(number(line, "id", -1));
      const long times = number(line, "times", 1);
      if (p == NULL) {
        printf("{\"type\":\"error\",\"reason\":\"no such problem is prepared\"}\n");
      } else {
        for (long i = number(line, "warmups", 0); i > 0; i--) convolve(p);
        printf("{\"type\":\"ran\",\"id\":%ld,\"nanoseconds\":[", p->id);
        for (long i = 0; i < times; i++) {
          const long long start = nanoseconds();
          convolve(p);
          printf("%s%lld", i == 0 ? "" : ",", nanoseconds() - start);
        }
        printf("]}\n");
      }
    } else if (has(line, "type", "\"release\"")) {
      const long id = number(line, "id", -1);
      struct problem *p = lookup(id);
      if (p != NULL) release(p);
      printf("{\"type\":\"released\",\"id\":%ld}\n", id);
    } else if (has(line, "type", "\"bye\"")) {
      printf("{\"type\":\"bye\"}\n");
      fflush(stdout);
      break;
    } else {
      printf("{\"type\":\"error\",\"reason\":\"unknown command\"}\n");
    }
    fflush(stdout);
  }
  free(line);
  return 0;
}
